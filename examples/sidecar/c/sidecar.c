/* SPDX-License-Identifier: MIT
 *
 * Takes deliveries that hookgauge has verified, and does its work once for each.
 *
 *     cc -o sidecar sidecar.c -lmicrohttpd -lsqlite3 -lcjson
 *     HOOK_AUTHORIZATION='Bearer ...' ./sidecar 3000 hooks.db
 *
 * ../README.md says how the receiver is told of it, and why it is written like this.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define BODY_MAX ((size_t) 16 << 20) /* bytes: the most that a receiver can be told to take */
#define DELIVERY_MAX 64              /* bytes: two numbers as text */
#define LOCK_WAIT_MS 5000            /* for another program's lock on the database */
#define IDLE_S 30                    /* between two bytes of a client */

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS done (delivery TEXT PRIMARY KEY, at TEXT DEFAULT "
    "CURRENT_TIMESTAMP);"
    "CREATE TABLE IF NOT EXISTS events (name TEXT PRIMARY KEY, count INTEGER NOT NULL);";

struct sidecar {
    sqlite3 *db;
    const char *authorization;
};

/* A request while its body arrives. */
struct request {
    char *body;
    size_t length;
    bool failed; /* too large, or no memory */
};

/* ---- The work -------------------------------------------------------------------------------- */

/* A statement with one text. */
static bool run(sqlite3 *db, const char *sql, const char *text)
{
    sqlite3_stmt *statement = NULL;
    bool done =
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        (text == NULL || sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC) == SQLITE_OK) &&
        sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_finalize(statement) == SQLITE_OK && done;
}

/* What your program is for; here it counts. All of it belongs to one transaction. */
static bool work(sqlite3 *db, const char *event, const cJSON *record)
{
    (void) record;
    return run(db,
               "INSERT INTO events VALUES (?, 1) "
               "ON CONFLICT (name) DO UPDATE SET count = count + 1",
               event);
}

static bool work_once(sqlite3 *db, const char *delivery, const char *event, const cJSON *record)
{
    bool done = run(db, "BEGIN IMMEDIATE", NULL) &&
                run(db, "INSERT OR IGNORE INTO done (delivery) VALUES (?)", delivery) &&
                (sqlite3_changes(db) == 0 || work(db, event, record)) && run(db, "COMMIT", NULL);
    if (!done) {
        (void) fprintf(stderr, "delivery %s: %s\n", delivery, sqlite3_errmsg(db));
        (void) run(db, "ROLLBACK", NULL);
    }
    return done;
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value != NULL ? value : "";
}

/* Takes the same time wherever two texts of one length differ. */
static bool is_same(const char *given, const char *wanted)
{
    size_t length = strlen(wanted);
    unsigned char differs = 0;
    if (strlen(given) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        differs |= (unsigned char) (given[i] ^ wanted[i]);
    }
    return differs == 0;
}

/* The status to answer: 200 only when the work is safe. */
static unsigned int answer(const struct sidecar *sidecar, struct MHD_Connection *connection,
                           const struct request *request)
{
    char delivery[DELIVERY_MAX];
    const char *number = header(connection, "X-Hookgauge-Delivery");
    const char *received = header(connection, "X-Hookgauge-Received");
    int length = snprintf(delivery, sizeof(delivery), "%s %s", number, received);
    if (*number == '\0' || *received == '\0' || length >= (int) sizeof(delivery)) {
        return MHD_HTTP_BAD_REQUEST;
    }
    if (request->failed) {
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    cJSON *record = cJSON_ParseWithLength(request->body, request->length);
    if (record == NULL) {
        return MHD_HTTP_GONE; /* no attempt will do better: dead, for a person to look at */
    }
    bool done = work_once(sidecar->db, delivery, header(connection, "X-Hookgauge-Event"), record);
    cJSON_Delete(record);
    return done ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE; /* then it comes again */
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned int status)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued =
        response != NULL ? MHD_queue_response(connection, status, response) : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}

static void add(struct request *request, const char *data, size_t length)
{
    char *more = NULL;
    if (!request->failed && length <= BODY_MAX - request->length) {
        more = realloc(request->body, request->length + length);
    }
    if (more == NULL) {
        request->failed = true;
        return;
    }
    memcpy(more + request->length, data, length);
    request->body = more;
    request->length += length;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *length, void **state)
{
    struct sidecar *sidecar = context;
    struct request *request = *state;
    (void) url;
    (void) version;
    if (request == NULL) {
        /* Only the receiver is believed: any program on this machine can connect. */
        if (!is_same(header(connection, "Authorization"), sidecar->authorization)) {
            return respond(connection, MHD_HTTP_UNAUTHORIZED);
        }
        if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
            return respond(connection, MHD_HTTP_BAD_REQUEST);
        }
        *state = calloc(1, sizeof(*request));
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*length > 0) {
        add(request, data, *length);
        *length = 0;
        return MHD_YES;
    }
    return respond(connection, answer(sidecar, connection, request));
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct request *request = *state;
    (void) context;
    (void) connection;
    (void) code;
    if (request != NULL) {
        free(request->body);
        free(request);
    }
}

/* One thread, so that no two deliveries share a transaction. */
static struct MHD_Daemon *start(struct sidecar *sidecar, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t) strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, sidecar,
                            MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned int) IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                            MHD_OPTION_END);
}

/* ---- Main ------------------------------------------------------------------------------------ */

static void serve(struct MHD_Daemon *daemon, const sigset_t *ends)
{
    int signal;
    (void) printf("ready on http://127.0.0.1:%u\n",
                  (unsigned) MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void) fflush(stdout);
    (void) sigwait(ends, &signal);
    MHD_stop_daemon(daemon);
}

int main(int argc, char **argv)
{
    struct sidecar sidecar = {.authorization = getenv("HOOK_AUTHORIZATION")};
    if (argc != 3 || sidecar.authorization == NULL || *sidecar.authorization == '\0') {
        (void) fprintf(stderr, "usage: HOOK_AUTHORIZATION=... sidecar PORT DATABASE\n");
        return 2;
    }
    bool opened = sqlite3_open(argv[2], &sidecar.db) == SQLITE_OK &&
                  sqlite3_busy_timeout(sidecar.db, LOCK_WAIT_MS) == SQLITE_OK &&
                  sqlite3_exec(sidecar.db, tables, NULL, NULL, NULL) == SQLITE_OK;
    sigset_t ends; /* blocked before there are threads, so that serve() gets them */
    (void) sigemptyset(&ends);
    (void) sigaddset(&ends, SIGTERM);
    (void) sigaddset(&ends, SIGINT);
    (void) sigprocmask(SIG_BLOCK, &ends, NULL);
    struct MHD_Daemon *daemon = opened ? start(&sidecar, argv[1]) : NULL;
    if (daemon == NULL) {
        (void) fprintf(stderr, "%s\n", opened ? "can't listen" : sqlite3_errmsg(sidecar.db));
        (void) sqlite3_close(sidecar.db);
        return 3;
    }
    serve(daemon, &ends);
    return sqlite3_close(sidecar.db) == SQLITE_OK ? 0 : 3;
}
