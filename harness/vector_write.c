/* SPDX-License-Identifier: MIT
 *
 * Writing a case of a vector file.
 */
#include "harness/vector_write.h"

#include <string.h>

static bool add_flags(const struct vector_case *one, struct buf *out)
{
    bool held = buf_add_text(out, ",\"flags\":[");
    for (size_t i = 0; held && i < one->flag_count; i++) {
        held = buf_add_text(out, i > 0 ? "," : "") && json_add_text(out, hg_text(one->flags[i]));
    }
    return held && buf_add_text(out, "]");
}

/* Why the case is judged so. */
static bool add_reason(const struct vector_case *one, struct buf *out)
{
    bool held = one->spec == NULL ||
                (buf_add_text(out, ",\"spec\":") && json_add_text(out, hg_text(one->spec)));
    held = held && (one->note == NULL ||
                    (buf_add_text(out, ",\"note\":") && json_add_text(out, hg_text(one->note))));
    return held && (one->source == NULL || (buf_add_text(out, ",\"source\":") &&
                                            json_add_text(out, hg_text(one->source))));
}

static bool add_edits(const char *name, const struct edit *edits, size_t count, struct buf *out)
{
    if (count == 0) {
        return true;
    }
    bool held = buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; held && i < count; i++) {
        held = buf_add_text(out, i > 0 ? "," : "") && edit_to_json(&edits[i], out);
    }
    return held && buf_add_text(out, "]");
}

/* How often it is delivered, and how the deliveries differ. */
static bool add_times(const struct vector_case *one, struct buf *out)
{
    return (one->times <= 1 ||
            buf_addf(out, ",\"times\":%d,\"expect_stored\":%d", one->times, one->expect_stored)) &&
           (!one->together || buf_add_text(out, ",\"together\":true")) &&
           (!one->restart || buf_add_text(out, ",\"restart\":true")) &&
           add_edits("again", one->again, one->again_count, out);
}

static bool add_raw(hg_str raw, struct buf *out)
{
    if (!buf_add_text(out, ",\"raw_base64\":\"")) {
        return false;
    }
    size_t room = raw.len / 3 * 4 + 4;
    char *text = buf_reserve(out, room);
    if (text == NULL) {
        return false;
    }
    buf_used(out, hg_encode(HG_BASE64, raw.ptr, raw.len, text, room));
    return buf_add_text(out, "\"");
}

/* Whether body is unit, over and over. */
static bool repeats(hg_str body, hg_str unit)
{
    if (body.len % unit.len != 0) {
        return false;
    }
    for (size_t i = 0; i < body.len; i += unit.len) {
        if (memcmp(body.ptr + i, unit.ptr, unit.len) != 0) {
            return false;
        }
    }
    return true;
}

static bool add_request(const hg_request *request, hg_str unit, struct buf *out)
{
    if (unit.len == 0) {
        return capture_to_json(request, 0, out);
    }
    hg_request head = *request;
    head.body = (hg_str){NULL, 0};
    if (!repeats(request->body, unit) || !capture_to_json(&head, 0, out)) {
        return false;
    }
    out->len--; /* the closing brace comes after the body */
    return buf_add_text(out, ",\"body_repeat\":{\"text\":") && json_add_text(out, unit) &&
           buf_addf(out, ",\"count\":%zu}}", request->body.len / unit.len);
}

bool vector_case_to_json(const struct vector_case *one, const hg_request *request, hg_str unit,
                         struct buf *out)
{
    bool held = buf_add_text(out, "{\"id\":") && json_add_text(out, hg_text(one->id));
    if (held && one->of != NULL) {
        held = buf_add_text(out, ",\"of\":") && json_add_text(out, hg_text(one->of->id));
    }
    held = held && add_flags(one, out) &&
           (one->family == NULL || buf_addf(out, ",\"family\":\"%s\"", one->family)) &&
           buf_addf(out, ",\"status\":\"%s\"", hg_status_name(one->status));
    if (held && one->should) {
        held = buf_add_text(out, ",\"level\":\"should\"");
    }
    if (held && one->either) {
        held = buf_add_text(out, ",\"either\":true");
    }
    held = held && add_reason(one, out) && add_times(one, out);
    if (held && one->needs_http) {
        held = buf_add_text(out, ",\"needs\":[\"http\"]");
    }
    if (held && one->same_as != NULL) {
        held = buf_add_text(out, ",\"same_as\":") && json_add_text(out, hg_text(one->same_as->id));
    }
    held = held && add_edits("edit", one->edits, one->edit_count, out);
    if (held && one->raw.ptr != NULL) {
        return add_raw(one->raw, out) && buf_add_text(out, "}");
    }
    return held && buf_add_text(out, ",\"request\":") && add_request(request, unit, out) &&
           buf_add_text(out, "}");
}
