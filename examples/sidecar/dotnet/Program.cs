// SPDX-License-Identifier: MIT
// Takes deliveries that hookgauge has verified, and does its work once for each.
//
//     HOOK_AUTHORIZATION='Bearer …' dotnet run 3000 hooks.db
//
// UNTESTED: Debian has no .NET, so no test builds or runs this, as it does the other examples. It is
// written after python/sidecar.py. ../README.md says how the receiver is told of it, and why it is
// written like this.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

const long BodyMax = 16 << 20; // bytes: the most that a receiver can be told to take
const string Tables = """
    CREATE TABLE IF NOT EXISTS done (delivery TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE IF NOT EXISTS events (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
    """;

string port = args[0], database = new SqliteConnectionStringBuilder { DataSource = args[1] }.ToString();
string authorization = Environment.GetEnvironmentVariable("HOOK_AUTHORIZATION") ?? "";
if (authorization == "")
{
    Console.Error.WriteLine("HOOK_AUTHORIZATION is not set");
    return 1;
}
using (var db = Open())
{
    Run(db, null, Tables);
}

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = BodyMax);
var app = builder.Build();
app.Urls.Add($"http://127.0.0.1:{port}");
app.MapPost("/hook", async (HttpRequest request) => Results.StatusCode(await Answer(request)));
app.Run();
return 0;

SqliteConnection Open()
{
    var db = new SqliteConnection(database);
    db.Open();
    return db;
}

static int Run(SqliteConnection db, SqliteTransaction? transaction, string sql, string? text = null)
{
    using var command = db.CreateCommand();
    command.Transaction = transaction;
    command.CommandText = sql;
    if (text is not null)
    {
        command.Parameters.AddWithValue("$text", text);
    }
    return command.ExecuteNonQuery();
}

// What your program is for; here it counts. All of it belongs to one transaction.
static void Work(SqliteConnection db, SqliteTransaction transaction, string name, JsonDocument record)
{
    Run(db, transaction, """
        INSERT INTO events VALUES ($text, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1
        """, name);
}

// The status to answer: 200 only when the work is safe.
int Take(string delivery, string name, byte[] body)
{
    JsonDocument record;
    try
    {
        record = JsonDocument.Parse(body);
    }
    catch (JsonException)
    {
        return 410; // no attempt will do better: dead, for a person to look at
    }
    try
    {
        using var parsed = record;
        using var db = Open();
        using var transaction = db.BeginTransaction(); // rolled back unless it comes to Commit
        if (Run(db, transaction, "INSERT OR IGNORE INTO done (delivery) VALUES ($text)", delivery) == 1)
        {
            Work(db, transaction, name, parsed);
        }
        transaction.Commit();
    }
    catch (Exception error)
    {
        Console.Error.WriteLine($"delivery {delivery}: {error.Message}");
        return 503; // it comes again
    }
    return 200;
}

// Only the receiver is believed: any program on this machine can connect.
async Task<int> Answer(HttpRequest request)
{
    var given = Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString());
    if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(authorization)))
    {
        return 401;
    }
    string number = request.Headers["X-Hookgauge-Delivery"].ToString();
    string received = request.Headers["X-Hookgauge-Received"].ToString();
    if (number == "" || received == "")
    {
        return 400;
    }
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body);
    return Take($"{number} {received}", request.Headers["X-Hookgauge-Event"].ToString(), body.ToArray());
}
