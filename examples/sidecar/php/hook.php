<?php
// SPDX-License-Identifier: MIT
// Takes deliveries that hookgauge has verified, and does its work once for each.
//
//     HOOK_AUTHORIZATION='Bearer …' HOOK_DATABASE=hooks.db PHP_CLI_SERVER_WORKERS=4 \
//         php -d post_max_size=16M -S 127.0.0.1:3000 hook.php
//
// or behind PHP-FPM. ../README.md says how the receiver is told of it, and why it is written like
// this.
declare(strict_types=1);

const TABLES = '
CREATE TABLE IF NOT EXISTS done (delivery TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS events (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
';

/** What your program is for; here it counts. All of it belongs to one transaction. */
function work(PDO $db, string $event, mixed $record): void
{
    $db->prepare('INSERT INTO events VALUES (?, 1)
                  ON CONFLICT (name) DO UPDATE SET count = count + 1')->execute([$event]);
}

function open_database(): PDO
{
    $db = new PDO('sqlite:' . getenv('HOOK_DATABASE'));
    $db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    $db->setAttribute(PDO::ATTR_TIMEOUT, 5); // seconds, for another one's lock
    $db->exec(TABLES);
    return $db;
}

/** The status to answer: 200 only when the work is safe. */
function take(string $delivery, string $event, string $body): int
{
    try {
        $record = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
    } catch (JsonException) {
        return 410; // no attempt will do better: dead, for a person to look at
    }
    try {
        $db = open_database();
        $db->exec('BEGIN IMMEDIATE'); // rolled back at the end unless it comes to COMMIT
        $new = $db->prepare('INSERT OR IGNORE INTO done (delivery) VALUES (?)');
        $new->execute([$delivery]);
        if ($new->rowCount() === 1) {
            work($db, $event, $record);
        }
        $db->exec('COMMIT');
    } catch (Throwable $error) {
        error_log("delivery $delivery: " . $error->getMessage());
        return 503; // it comes again
    }
    return 200;
}

/** Only the receiver is believed: any program on this machine can connect. */
function answer(): int
{
    $authorization = (string) getenv('HOOK_AUTHORIZATION');
    if ($authorization === '' ||
        !hash_equals($authorization, $_SERVER['HTTP_AUTHORIZATION'] ?? '')) {
        return 401;
    }
    $number = $_SERVER['HTTP_X_HOOKGAUGE_DELIVERY'] ?? '';
    $received = $_SERVER['HTTP_X_HOOKGAUGE_RECEIVED'] ?? '';
    if ($_SERVER['REQUEST_METHOD'] !== 'POST' || $number === '' || $received === '') {
        return 400;
    }
    $delivery = "$number $received";
    $event = $_SERVER['HTTP_X_HOOKGAUGE_EVENT'] ?? '';
    return take($delivery, $event, (string) file_get_contents('php://input'));
}

http_response_code(answer());
