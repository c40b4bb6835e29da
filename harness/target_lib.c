/* SPDX-License-Identifier: MIT
 *
 * The library as a target: hg_verify in this process.
 */
#include "harness/target.h"

/* Cases of a group stand together, so one ring at a time is enough. */
struct keys {
    const struct vector_group *group;
    hg_ring *ring;
    hg_status status; /* of making the ring: then that is what the library says */
};

static void use_group(struct keys *keys, const struct vector_file *file,
                      const struct vector_group *group)
{
    if (keys->group == group) {
        return;
    }
    hg_ring_free(keys->ring);
    keys->ring = NULL;
    keys->group = group;
    keys->status = hg_ring_new(file->scheme, group->keys, group->key_count, &keys->ring, NULL);
}

static hg_status judge(const struct keys *keys, const struct vector_file *file,
                       const struct vector_case *one)
{
    if (keys->status != HG_OK) {
        return keys->status;
    }
    hg_options options = {.scheme = file->scheme, .ring = keys->ring, .now = one->now};
    hg_verdict verdict = hg_verify(&options, &one->capture.request);
    return verdict.status;
}

bool target_lib(struct run *run, struct fail *fail)
{
    struct keys keys = {0};
    (void) fail; /* there is nothing that could not be reached */
    for (size_t i = 0; i < run->count && !run_stopped(run); i++) {
        const struct vector_case *one = run->cases[i];
        struct outcome *outcome = &run->outcomes[i];
        if (outcome->result != OUTCOME_NONE) {
            continue;
        }
        double from = run_clock_ms();
        use_group(&keys, run->file, one->group);
        outcome->status = judge(&keys, run->file, one);
        outcome->answer = outcome->status == HG_OK ? ANSWER_ACCEPTED : ANSWER_REFUSED;
        outcome->ms = run_clock_ms() - from;
        run_note(run, i, outcome->status == one->status);
    }
    hg_ring_free(keys.ring);
    return true;
}
