/* SPDX-License-Identifier: MIT
 *
 * See queue_write.h.
 */
#include "receiver/queue_write.h"

/* ?3 is when the delivery that was tried was received, 0 when that could not be read. */
#define THE_ONE_TRIED                                                                              \
    "WHERE endpoint = ?1 AND delivery = ?2 AND (?3 = 0 OR EXISTS (SELECT 1 FROM deliveries WHERE " \
    "id = ?2 AND received_ms = ?3))"

enum query { Q_ADD, Q_AGAIN, Q_END, Q_FORGET, Q_ENDED };

static const char *const queries[QUEUE_WRITES] = {
    [Q_ADD] = "INSERT INTO queue (endpoint, delivery, event, due_ms, attempts, tried_ms, outcome) "
              "VALUES (?1, ?2, ?3, ?4, 0, 0, '')",
    [Q_AGAIN] =
        "UPDATE queue SET attempts = ?4, tried_ms = ?5, outcome = ?6, due_ms = ?7 " THE_ONE_TRIED,
    [Q_END] = "DELETE FROM queue " THE_ONE_TRIED,
    /* Two statements, since REPLACE writes the page down first, to take the statement back, into
     * memory that it asks the system for each time. */
    [Q_FORGET] = "DELETE FROM handed WHERE delivery = ?1",
    [Q_ENDED] = "INSERT INTO handed (delivery, state, attempts, tried_ms, outcome) "
                "VALUES (?1, ?2, ?3, ?4, ?5)",
};

bool queue_write_begin(struct queue_write *queue, sqlite3 *db)
{
    queue->db = db;
    return sqlite_prepare(db, queries, queue->statements, QUEUE_WRITES);
}

void queue_write_end(struct queue_write *queue)
{
    sqlite_finalize(queue->statements, QUEUE_WRITES);
}

bool queue_write_add(struct queue_write *queue, int64_t endpoint, const struct delivery *delivery)
{
    sqlite3_stmt *add = queue->statements[Q_ADD];
    sqlite_bind_number(add, 1, endpoint);
    sqlite_bind_number(add, 2, delivery->row);
    sqlite_bind_text(add, 3, delivery->event);
    sqlite_bind_number(add, 4, delivery->received_ms);
    return sqlite_finish(add);
}

static void bind_tried(sqlite3_stmt *statement, const struct settlement *settlement)
{
    sqlite_bind_number(statement, 1, settlement->endpoint);
    sqlite_bind_number(statement, 2, settlement->row);
    sqlite_bind_number(statement, 3, settlement->received_ms);
}

static bool write_again(struct queue_write *queue, const struct settlement *settlement)
{
    sqlite3_stmt *again = queue->statements[Q_AGAIN];
    bind_tried(again, settlement);
    sqlite_bind_number(again, 4, settlement->attempts);
    sqlite_bind_number(again, 5, settlement->tried_ms);
    sqlite_bind_text(again, 6, hg_text(settlement->text));
    sqlite_bind_number(again, 7, settlement->due_ms);
    return sqlite_finish(again);
}

bool queue_write_settle(struct queue_write *queue, const struct settlement *settlement)
{
    sqlite3_stmt *end = queue->statements[Q_END], *ended = queue->statements[Q_ENDED];
    if (settlement->state == SETTLED_LATER) {
        return write_again(queue, settlement);
    }
    bind_tried(end, settlement);
    if (!sqlite_finish(end)) {
        return false;
    }
    if (sqlite3_changes(queue->db) == 0) {
        return true;
    }
    sqlite_bind_number(queue->statements[Q_FORGET], 1, settlement->row);
    if (!sqlite_finish(queue->statements[Q_FORGET])) {
        return false;
    }
    sqlite_bind_number(ended, 1, settlement->row);
    sqlite_bind_number(ended, 2, settlement->state);
    sqlite_bind_number(ended, 3, settlement->attempts);
    sqlite_bind_number(ended, 4, settlement->tried_ms);
    sqlite_bind_text(ended, 5, hg_text(settlement->text));
    return sqlite_finish(ended);
}
