/* SPDX-License-Identifier: MIT
 *
 * See metrics_page.h.
 */
#include "receiver/metrics_page.h"

void page_family(struct buf *out, const char *name, const char *type, const char *help)
{
    (void) buf_addf(out, "# TYPE hookgauge_%s %s\n# HELP hookgauge_%s %s\n", name, type, name,
                    help);
}

/* Escaped are the three bytes that end a value or a line. */
void page_label(struct buf *out, const char *name, hg_str value)
{
    (void) buf_addf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        if (byte == '\n') {
            (void) buf_add_text(out, "\\n");
        } else if (byte == '"' || byte == '\\') {
            (void) buf_addf(out, "\\%c", byte);
        } else {
            (void) buf_add(out, &byte, 1);
        }
    }
    (void) buf_add_text(out, "\"");
}

void page_number(struct buf *out, const char *name, uint64_t value)
{
    (void) buf_addf(out, "hookgauge_%s %llu\n", name, (unsigned long long) value);
}

void page_single(struct buf *out, const char *name, const char *type, const char *help,
                 uint64_t value)
{
    page_family(out, name, type, help);
    (void) buf_addf(out, "hookgauge_%s%s %llu\n", name,
                    strcmp(type, "counter") == 0 ? "_total" : "", (unsigned long long) value);
}

void page_begin(struct buf *out)
{
    page_family(out, "build", "info", "The program.");
    (void) buf_addf(out, "hookgauge_build_info{version=\"%s\"} 1\n", HG_VERSION);
}

void page_end(struct buf *out)
{
    (void) buf_add_text(out, "# EOF\n");
}

void page_state(struct buf *out, const struct metrics_now *now)
{
    page_single(out, "store_up", "gauge", "Whether the store worked when it was last used.",
                now->store_failing ? 0 : 1);
    page_single(out, "draining", "gauge", "Whether no new work is taken.", now->draining ? 1 : 0);
}
