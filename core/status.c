/* SPDX-License-Identifier: MIT
 *
 * The statuses: names, classes, sentences and HTTP answers, one row each.
 */
#include "core/text.h"
#include "hookgauge.h"

struct row {
    const char *name;
    hg_class class;
    const char *text;
};

static const struct row rows[] = {
    [HG_OK] = {"ok", HG_CLASS_OK, "the delivery is what it claims to be"},
    [HG_NO_SIGNATURE] = {"no_signature", HG_CLASS_MALFORMED, "the signature header is missing"},
    [HG_BAD_SIGNATURE] = {"bad_signature", HG_CLASS_MALFORMED,
                          "nothing in the signature header has the form of a signature"},
    [HG_REPEATED_HEADER] = {"repeated_header", HG_CLASS_MALFORMED,
                            "a header that must be single occurs twice"},
    [HG_NO_TIMESTAMP] = {"no_timestamp", HG_CLASS_MALFORMED, "the timestamp is missing"},
    [HG_BAD_TIMESTAMP] = {"bad_timestamp", HG_CLASS_MALFORMED,
                          "the timestamp is not in the scheme's format"},
    [HG_NO_EVENT] = {"no_event", HG_CLASS_MALFORMED, "the event header is missing"},
    [HG_BAD_EVENT] = {"bad_event", HG_CLASS_MALFORMED, "the event is not in the scheme's grammar"},
    [HG_NO_ID] = {"no_id", HG_CLASS_MALFORMED, "the id header is missing"},
    [HG_BAD_REQUEST] = {"bad_request", HG_CLASS_MALFORMED,
                        "a header, the id or the URL has a form that can't be right"},
    [HG_MISMATCH] = {"mismatch", HG_CLASS_FORGED, "no signature matches under any key"},
    [HG_TOO_OLD] = {"too_old", HG_CLASS_STALE, "the signed time is too long ago"},
    [HG_TOO_NEW] = {"too_new", HG_CLASS_STALE, "the signed time is too far in the future"},
    [HG_EVENT_NOT_ALLOWED] = {"event_not_allowed", HG_CLASS_UNWANTED,
                              "the event is not among those asked for"},
    [HG_NO_KEY] = {"no_key", HG_CLASS_MISUSE, "there is no key, or every key has expired"},
    [HG_BAD_KEY] = {"bad_key", HG_CLASS_MISUSE, "a secret can't be used as the scheme's key"},
    [HG_BAD_SCHEME] = {"bad_scheme", HG_CLASS_MISUSE, "the scheme can't be used"},
    [HG_BAD_ARGUMENT] = {"bad_argument", HG_CLASS_MISUSE, "an argument is missing or impossible"},
    [HG_TOO_LARGE] = {"too_large", HG_CLASS_SYSTEM, "the body is larger than the limit"},
    [HG_NO_MEMORY] = {"no_memory", HG_CLASS_SYSTEM, "memory ran out"},
    [HG_CRYPTO] = {"crypto", HG_CLASS_SYSTEM, "libcrypto reported a failure"},
    [HG_STORE_DOWN] = {"store_down", HG_CLASS_SYSTEM, "the delivery could not be kept"},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct row *row_of(hg_status status)
{
    static const struct row unknown = {"unknown", HG_CLASS_MISUSE, "not a status"};
    size_t index = (size_t) status;
    return index > 0 && index < ROWS ? &rows[index] : &unknown;
}

const char *hg_status_name(hg_status status)
{
    return row_of(status)->name;
}

const char *hg_status_text(hg_status status)
{
    return row_of(status)->text;
}

hg_class hg_status_class(hg_status status)
{
    return row_of(status)->class;
}

hg_status hg_status_find(hg_str name)
{
    for (size_t i = 1; i < ROWS; i++) {
        if (hgi_same(name, hg_text(rows[i].name))) {
            return (hg_status) i;
        }
    }
    return (hg_status) 0;
}

int hg_status_http(hg_status status)
{
    if (status == HG_TOO_LARGE) {
        return 413;
    }
    switch (hg_status_class(status)) {
    case HG_CLASS_OK: return 200;
    case HG_CLASS_MALFORMED: return 400;
    case HG_CLASS_FORGED:
    case HG_CLASS_STALE: return 401;
    case HG_CLASS_UNWANTED: return 403;
    case HG_CLASS_MISUSE: return 500;
    case HG_CLASS_SYSTEM: return 503;
    }
    return 500;
}
