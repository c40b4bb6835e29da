/* SPDX-License-Identifier: MIT
 *
 * See pull_turn.h.
 */
#include "receiver/pull_turn.h"

#include "base/clock.h"
#include "receiver/pull_consumer.h"

#define SOON_MS INT64_C(5000) /* until what could not be buried is tried again */

static void log_turn(const struct turn *turn, const struct outcome *outcome, enum turn_end end)
{
    static const char *const names[] = {[TURN_DONE] = "done",
                                        [TURN_LATER] = "later",
                                        [TURN_DEAD] = "dead",
                                        [TURN_STOPPED] = "stopped",
                                        [TURN_UNKNOWN] = "unknown"};
    const struct log_field fields[] = {
        LOG_TEXT("endpoint", turn->endpoint->name), LOG_NUMBER("row", turn->number),
        LOG_NUMBER("attempt", turn->attempt),       LOG_TEXT("outcome", hg_text(names[end])),
        LOG_TEXT("answer", hg_text(outcome->text)), LOG_NUMBER("ms", outcome->took_ms),
    };
    log_add(turn->log, outcome->kind == OUTCOME_DONE ? LOG_INFO : LOG_WARN, clock_wall_ms(),
            "attempt", fields, sizeof(fields) / sizeof(fields[0]));
    log_flush(turn->log);
}

static enum turn_end confirm(const struct turn *turn, enum turn_end end)
{
    return natsMsg_AckSync(turn->message, NULL, NULL) == NATS_OK ? end : TURN_UNKNOWN;
}

static enum turn_end put_off(const struct turn *turn, int64_t ms, enum turn_end end)
{
    (void) (ms > 0 ? natsMsg_NakWithDelay(turn->message, ms, NULL)
                   : natsMsg_Nak(turn->message, NULL));
    return end;
}

static enum turn_end bury(const struct turn *turn, const struct outcome *outcome)
{
    return dead_bury(turn->link, turn->message, turn->sequence, outcome->text) == NATS_OK
               ? confirm(turn, TURN_DEAD)
               : put_off(turn, SOON_MS, TURN_LATER);
}

static enum turn_end tell(const struct turn *turn, const struct outcome *outcome)
{
    const struct target *target = &turn->endpoint->target;
    switch (outcome->kind) {
    case OUTCOME_DONE: return confirm(turn, TURN_DONE);
    case OUTCOME_STOPPED: return put_off(turn, 0, TURN_STOPPED);
    case OUTCOME_LATER:
        if (turn->attempt < target->attempts) {
            int64_t ms =
                target_wait_ms(target, turn->attempt, target_random(), outcome->retry_after_s);
            return put_off(turn, ms, TURN_LATER);
        }
        break;
    case OUTCOME_DEAD: break;
    }
    return bury(turn, outcome);
}

enum turn_end turn_settle(const struct turn *turn, const struct outcome *outcome)
{
    enum turn_end end = tell(turn, outcome);
    log_turn(turn, outcome, end);
    return end;
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
