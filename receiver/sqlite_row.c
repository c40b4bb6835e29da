/* SPDX-License-Identifier: MIT
 *
 * See sqlite_row.h.
 */
#include "receiver/sqlite_row.h"

#include <string.h>

void row_read(sqlite3_stmt *statement, struct delivery *delivery, hg_request *request)
{
    memset(delivery, 0, sizeof(*delivery));
    memset(request, 0, sizeof(*request));
    delivery->request = request;
    delivery->row = sqlite3_column_int64(statement, 0);
    delivery->endpoint = sqlite_column(statement, 1);
    delivery->event = sqlite_column(statement, 2);
    delivery->id = sqlite_column(statement, 3);
    delivery->event_signed = (sqlite3_column_int(statement, 4) & 1) != 0;
    delivery->id_signed = (sqlite3_column_int(statement, 4) & 2) != 0;
    delivery->key_label = sqlite_column(statement, 5);
    delivery->received_ms = sqlite3_column_int64(statement, 6);
    delivery->stated_s = sqlite3_column_int64(statement, 7);
    request->method = sqlite_column(statement, 8);
    request->url = sqlite_column(statement, 9);
}

/* "Name: value CR LF" lines; names and values hold neither colon-blank nor CR. */
bool row_headers(hg_str lines, hg_header *headers, size_t max, size_t *count)
{
    *count = 0;
    while (lines.len > 0) {
        const char *colon = memchr(lines.ptr, ':', lines.len);
        const char *end = memchr(lines.ptr, '\r', lines.len);
        if (colon == NULL || end == NULL || end < colon + 2 || *count == max) {
            return false;
        }
        headers[*count].name = (hg_str){lines.ptr, (size_t) (colon - lines.ptr)};
        headers[*count].value = (hg_str){colon + 2, (size_t) (end - colon - 2)};
        (*count)++;
        size_t used = (size_t) (end - lines.ptr) + 2;
        if (used > lines.len) {
            return false;
        }
        lines.ptr += used;
        lines.len -= used;
    }
    return true;
}
