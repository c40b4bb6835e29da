/* SPDX-License-Identifier: MIT
 *
 * Which store a STORE argument names.
 */
#include "receiver/store.h"

#include <string.h>

#include "base/clock.h"
#include "receiver/metrics.h"
#include "receiver/stream_name.h"

static bool is_memory(const char *spec)
{
    return strcmp(spec, "memory:") == 0;
}

static bool is_sqlite(const char *spec)
{
    return strncmp(spec, "sqlite:", 7) == 0 && spec[7] != '\0';
}

/* What SQLite takes for something else than a file: such a store would keep nothing. */
static bool is_no_file(const char *path)
{
    return *path == ':' || strncmp(path, "file:", 5) == 0;
}

bool store_check(const char *spec, struct fail *fail)
{
    struct stream_address address;
    struct fail inner = {0};
    if (stream_is_spec(spec)) {
        return stream_address_parse(spec, &address, &inner) ||
               fail_set(fail, EXIT_USAGE, "the store %s", inner.text);
    }
    if (is_sqlite(spec) && is_no_file(spec + 7)) {
        return fail_set(fail, EXIT_USAGE, "'%s': a file of that name is written ./%s", spec,
                        spec + 7);
    }
    return is_memory(spec) || is_sqlite(spec) ||
           fail_set(fail, EXIT_USAGE, "'%s' is none of sqlite:PATH, memory: and nats://HOST/STREAM",
                    spec);
}

struct store *store_open(const char *spec, struct fail *fail)
{
    if (!store_check(spec, fail)) {
        return NULL;
    }
    if (stream_is_spec(spec)) {
        (void) fail_set(fail, EXIT_USAGE, "a stream can't be opened without its endpoints");
        return NULL;
    }
    return is_memory(spec) ? store_memory_open(fail) : store_sqlite_open(spec + 7, fail);
}

bool store_commit(struct store *store, struct delivery *const *batch, size_t count,
                  struct fail *fail)
{
    if (store->metrics == NULL) {
        return store->ops->commit(store, batch, count, fail);
    }
    int64_t begun_ns = clock_steady_ns();
    bool kept = store->ops->commit(store, batch, count, fail);
    metrics_committed(store->metrics, clock_steady_ns() - begun_ns, kept);
    return kept;
}

void store_close(struct store *store)
{
    if (store != NULL) {
        store->ops->close(store);
    }
}
