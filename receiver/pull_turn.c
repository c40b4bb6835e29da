/* SPDX-License-Identifier: MIT
 *
 * See pull_turn.h.
 */
#include "receiver/pull_turn.h"

#include "base/clock.h"
#include "receiver/pull_consumer.h"

#define SOON_MS INT64_C(5000) /* until what could not be buried is tried again */

static void log_turn(const struct turn *turn, const struct outcome *outcome, const char *what)
{
    const struct log_field fields[] = {
        LOG_TEXT("endpoint", turn->endpoint->name), LOG_NUMBER("row", turn->number),
        LOG_NUMBER("attempt", turn->attempt),       LOG_TEXT("outcome", hg_text(what)),
        LOG_TEXT("answer", hg_text(outcome->text)), LOG_NUMBER("ms", outcome->took_ms),
    };
    log_add(turn->log, outcome->kind == OUTCOME_DONE ? LOG_INFO : LOG_WARN, clock_wall_ms(),
            "attempt", fields, sizeof(fields) / sizeof(fields[0]));
    log_flush(turn->log);
}

static natsStatus put_off(natsMsg *message, int64_t ms)
{
    return ms > 0 ? natsMsg_NakWithDelay(message, ms, NULL) : natsMsg_Nak(message, NULL);
}

static void bury(const struct turn *turn, const struct outcome *outcome)
{
    natsStatus status = dead_bury(turn->link, turn->message, turn->sequence, outcome->text);
    if (status == NATS_OK) {
        status = natsMsg_AckSync(turn->message, NULL, NULL);
        log_turn(turn, outcome, status == NATS_OK ? "dead" : "unknown");
        return;
    }
    (void) put_off(turn->message, SOON_MS);
    log_turn(turn, outcome, "later");
}

void turn_settle(const struct turn *turn, const struct outcome *outcome)
{
    const struct target *target = &turn->endpoint->target;
    natsStatus status;
    switch (outcome->kind) {
    case OUTCOME_DONE:
        status = natsMsg_AckSync(turn->message, NULL, NULL);
        log_turn(turn, outcome, status == NATS_OK ? "done" : "unknown");
        return;
    case OUTCOME_STOPPED:
        (void) put_off(turn->message, 0);
        log_turn(turn, outcome, "stopped");
        return;
    case OUTCOME_LATER:
        if (turn->attempt < target->attempts) {
            (void) put_off(turn->message, target_wait_ms(target, turn->attempt, target_random(),
                                                         outcome->retry_after_s));
            log_turn(turn, outcome, "later");
            return;
        }
        break;
    case OUTCOME_DEAD: break;
    }
    bury(turn, outcome);
}

bool turn_read(struct turn *turn)
{
    jsMsgMetaData *meta = NULL;
    if (natsMsg_GetMetaData(&meta, turn->message) != NATS_OK) {
        return false;
    }
    turn->sequence = meta->Sequence.Stream;
    turn->number = (int64_t) turn->sequence;
    turn->attempt = (int64_t) meta->NumDelivered;
    jsMsgMetaData_Destroy(meta);
    return true;
}
