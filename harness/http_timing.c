/* SPDX-License-Identifier: MIT
 *
 * How long a live receiver takes to refuse a signature, by how much of its beginning is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "harness/http.h"
#include "harness/timing.h"

#define WARM_UP 20 /* deliveries before those that count: caches and the connection */
#define KINDS (TIMING_KINDS + 1)

struct probe {
    struct http_parcel parcel;
    hg_header *headers; /* the parcel's, with a signature of ours */
    size_t header;      /* which one */
    char *value;
    size_t at, size; /* the signature within the value */
    double *seconds; /* TIMING_SAMPLES of each kind */
    size_t got[KINDS];
    uint64_t order; /* of a generator: not secret, only without a pattern */
};

/* How much is right. The last character stays as it is: base64 allows few there. */
static size_t right_of(const struct probe *probe, size_t kind)
{
    return kind == TIMING_KINDS ? probe->size - 2 : probe->size * kind / TIMING_KINDS;
}

/* Another character that any encoding takes which takes this one. */
static char other_than(char byte)
{
    return byte == '0'                  ? '1'
           : byte >= '1' && byte <= '9' ? '0'
           : (byte | 32) == 'a'         ? (char) (byte + 1)
                                        : (char) (byte < 'a' ? 'A' : 'a');
}

static void spoil(struct probe *probe, size_t kind)
{
    hg_str value = probe->parcel.made.request.headers[probe->header].value;
    memcpy(probe->value, value.ptr, value.len);
    for (size_t i = right_of(probe, kind); i + 1 < probe->size; i++) {
        probe->value[probe->at + i] = other_than(value.ptr[probe->at + i]);
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

static const struct vector_case *plain_case(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct vector_case *one =
            run->cases[i]->of != NULL ? run->cases[i]->of : run->cases[i];
        if (one->status == HG_OK && one->edit_count == 0 && one->raw.ptr == NULL &&
            live_skip(one) == NULL) {
            return one;
        }
    }
    return NULL;
}

static bool find_signature(const struct http *http, struct probe *probe)
{
    const hg_scheme_spec *row = hg_scheme_row(http->run->file->scheme);
    const hg_request *request = &probe->parcel.made.request;
    for (size_t i = 0; i < request->header_count; i++) {
        hg_str name = request->headers[i].name;
        if (name.len == strlen(row->signature.header) &&
            strncasecmp(name.ptr, row->signature.header, name.len) == 0) {
            hg_str value = request->headers[i].value;
            hg_str found = live_signature(value);
            probe->header = i;
            probe->at = (size_t) (found.ptr - value.ptr);
            probe->size = found.len;
            return found.len > TIMING_KINDS;
        }
    }
    return false;
}

static bool open_memory(struct probe *probe)
{
    const hg_request *request = &probe->parcel.made.request;
    hg_str value = request->headers[probe->header].value;
    probe->headers = calloc(request->header_count, sizeof *probe->headers);
    probe->value = malloc(value.len + 1);
    probe->seconds = calloc((size_t) KINDS * TIMING_SAMPLES, sizeof *probe->seconds);
    if (probe->headers == NULL || probe->value == NULL || probe->seconds == NULL) {
        return false;
    }
    memcpy(probe->headers, request->headers, request->header_count * sizeof *probe->headers);
    probe->headers[probe->header].value = (hg_str){probe->value, value.len};
    return true;
}

static void close_probe(struct probe *probe)
{
    free(probe->headers);
    free(probe->value);
    free(probe->seconds);
    http_parcel_free(&probe->parcel);
}

/* ---- Measuring ------------------------------------------------------------------------------- */

/* A kind that still needs samples; by chance, so that no drift of the machine looks like one. */
static size_t next_kind(struct probe *probe)
{
    for (;;) {
        probe->order = probe->order * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t kind = (size_t) (probe->order >> 33) % KINDS;
        if (probe->got[kind] < TIMING_SAMPLES) {
            return kind;
        }
    }
}

/* One forged delivery; false when the run has to end, or nothing can be learnt. */
static bool sample(struct http *http, struct transport *transport, struct probe *probe, size_t kind,
                   double *seconds)
{
    const hg_request *request = &probe->parcel.made.request;
    const struct transport_call call = {.method = probe->parcel.method,
                                        .url = probe->parcel.url,
                                        .headers = probe->headers,
                                        .header_count = request->header_count,
                                        .body = request->body,
                                        .connect_timeout_ms = http_timeout_ms(http),
                                        .total_timeout_ms = http_timeout_ms(http)};
    spoil(probe, kind);
    pace_wait(&http->pace, http->run->stop);
    struct transport_answer answer = transport_call(transport, &call);
    *seconds = answer.seconds;
    return answer.result == TRANSPORT_ANSWERED && !run_stopped(http->run);
}

static bool sample_all(struct http *http, struct transport *transport, struct probe *probe)
{
    double ignored;
    for (size_t i = 0; i < WARM_UP; i++) {
        if (!sample(http, transport, probe, i % KINDS, &ignored)) {
            return false;
        }
    }
    for (size_t i = 0; i < (size_t) KINDS * TIMING_SAMPLES; i++) {
        size_t kind = next_kind(probe);
        double *place = &probe->seconds[kind * TIMING_SAMPLES + probe->got[kind]];
        if (!sample(http, transport, probe, kind, place)) {
            return false;
        }
        probe->got[kind]++;
    }
    return true;
}

static bool compare_all(struct run *run, const struct probe *probe)
{
    for (size_t kind = 1; kind < KINDS; kind++) {
        struct timing_row *row = &run->timing[run->timing_count];
        if (!timing_compare(probe->seconds, probe->seconds + kind * TIMING_SAMPLES, row)) {
            return false;
        }
        row->right = right_of(probe, kind);
        row->of = probe->size;
        run->timing_count++;
    }
    return true;
}

bool http_measure(struct http *http, struct fail *fail)
{
    struct run *run = http->run;
    const struct vector_case *one = plain_case(run);
    struct probe probe = {.order = http->live.mark};
    struct fail why = {0};
    if (one == NULL || http_parcel_make(http, one, (int64_t) time(NULL), false, &probe.parcel,
                                        &why) != PARCEL_MADE) {
        return true; /* the report says that nothing was measured */
    }
    struct transport *transport = http_transport(http);
    bool held = true;
    if (find_signature(http, &probe)) {
        held = transport != NULL && open_memory(&probe);
        if (held && sample_all(http, transport, &probe)) {
            held = compare_all(run, &probe);
        }
    }
    transport_free(transport);
    close_probe(&probe);
    return held || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}
