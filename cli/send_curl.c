/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send --curl`: the command that sends the same request. The signature in it is real and
 * soon stale; the secret is not in it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/send.h"

#define INLINE_MAX                                                                                 \
    ((size_t) 100000) /* bytes of a body in an argument: Linux takes 128 KiB of one */
#define COMMAND_MAX                                                                                \
    ((size_t) 1 << 20) /* bytes: an inline body whose every byte is a quote fits                   \
                        */

/* In single quotes, where a shell reads nothing; a quote itself closes them, is escaped, and opens
 * them again. */
static bool add_quoted(struct buf *out, hg_str text)
{
    (void) buf_add_text(out, "'");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            (void) buf_add_text(out, "'\\''");
        } else {
            (void) buf_add(out, text.ptr + i, 1);
        }
    }
    return buf_add_text(out, "'");
}

/* The URL as it is sent; a kept sk is written as the shell's variable SK. */
static bool add_url(const struct external_url *url, bool keep_sk, struct buf *out)
{
    if (!keep_sk || !url->is_signed) {
        return add_quoted(out, buf_str(&url->sent));
    }
    hg_str whole = buf_str(&url->whole);
    size_t end = url->sk_at + url->sk_len;
    (void) add_quoted(out, (hg_str){whole.ptr, url->sk_at});
    (void) buf_add_text(out, "\"$SK\"");
    return end == whole.len || add_quoted(out, (hg_str){whole.ptr + end, whole.len - end});
}

static void add_headers(const struct delivery_headers *headers, struct buf *out)
{
    for (size_t i = 0; i < headers->count; i++) {
        struct buf line;
        buf_init(&line, HG_SIGN_TEXT_MAX + HG_NAME_MAX + 2);
        (void) buf_add_str(&line, headers->list[i].name);
        (void) buf_add_text(&line, ": ");
        (void) buf_add_str(&line, headers->list[i].value);
        (void) buf_add_text(out, " \\\n  -H ");
        (void) add_quoted(out, buf_str(&line));
        buf_free(&line);
    }
    (void) buf_add_text(out, " \\\n  -H 'Accept:' -H 'Expect:'");
}

/* A file is named, so that its bytes are sent whatever they are; other bodies are written out. */
static bool add_body(const struct send_options *options, hg_str body, struct buf *out,
                     struct fail *fail)
{
    const char *file = options->body_file;
    if (file != NULL && strcmp(file, "-") != 0) {
        (void) buf_add_text(out, " \\\n  --data-binary @");
        return add_quoted(out, hg_text(file)) || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    if (body.len > INLINE_MAX || (body.len > 0 && memchr(body.ptr, '\0', body.len) != NULL)) {
        return fail_set(fail, EXIT_USAGE,
                        "--curl: a body that is larger than %zu bytes or holds a "
                        "NUL byte must be a file",
                        INLINE_MAX);
    }
    (void) buf_add_text(out, " \\\n  --data-raw ");
    return add_quoted(out, body) || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

static void add_comment(const struct send_options *options, const struct batch_item *item,
                        int64_t now, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(item->delivery.scheme);
    char when[HG_TIME_TEXT_MAX];
    size_t length = hg_time_print(HG_TIME_RFC3339, now, when);
    if (item->delivery.ring == NULL) {
        (void) buf_add_text(out, "# unsigned: the External URL has no sk\n");
        return;
    }
    (void) buf_addf(out, "# signed as %s (%s) at %.*s", row->name, row->basis, (int) length, when);
    if ((row->timestamp.header != NULL || row->timestamp.item != NULL) &&
        row->timestamp.tolerance_s != HG_NO_TOLERANCE) {
        (void) buf_addf(out, ", good for %lld s", (long long) row->timestamp.tolerance_s);
    }
    (void) buf_add_text(out, "\n");
    if (options->keep_sk) {
        (void) buf_add_text(out, "# set SK to the secret, percent-encoded as in the URL\n");
    }
}

static bool add_command(const struct send_options *options, const struct batch_item *item,
                        const struct external_url *url, struct buf *out, struct fail *fail)
{
    struct delivery_headers headers;
    char id[DELIVERY_ID_SIZE];
    int64_t now = (int64_t) time(NULL);
    if (!delivery_id(id) || delivery_sign(&item->delivery, id, now, &headers) != HG_OK) {
        return fail_set(fail, EXIT_UNKNOWN, "can't be signed");
    }
    add_comment(options, item, now, out);
    (void) buf_add_text(out, "curl --http1.1 --globoff --path-as-is --noproxy '*' -X POST ");
    (void) add_url(url, options->keep_sk, out);
    add_headers(&headers, out);
    if (!add_body(options, item->delivery.body, out, fail)) {
        return false;
    }
    return buf_add_text(out, "\n") || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

/* The endpoint of an item: the one of the operand, or the webhook whose sent URL it points at. */
static const struct external_url *url_of(const struct send_plan *plan,
                                         const struct batch_item *item)
{
    for (size_t i = 0; i < plan->settings.count; i++) {
        const struct external_url *url = &plan->settings.webhooks[i].endpoint.url;
        if (url->sent.ptr == item->delivery.url) {
            return url;
        }
    }
    return &plan->endpoint.url;
}

bool send_curl(const struct send_options *options, const struct send_plan *plan, struct fail *fail)
{
    struct buf out;
    bool done = true;
    buf_init(&out, COMMAND_MAX);
    for (size_t i = 0; done && i < plan->item_count; i++) {
        buf_clear(&out);
        done = add_command(options, &plan->items[i], url_of(plan, &plan->items[i]), &out, fail);
        if (done) {
            (void) fwrite(out.ptr, 1, out.len, stdout);
        }
    }
    buf_free(&out);
    return done;
}
