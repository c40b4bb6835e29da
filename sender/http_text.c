/* SPDX-License-Identifier: MIT
 *
 * HTTP's text: status lines, header values, Retry-After.
 */
#include "sender/http_text.h"

#include <string.h>

#include "sender/transport.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

int http_status(hg_str line)
{
    static const char start[] = "HTTP/";
    const char *space = line.len > 0 ? memchr(line.ptr, ' ', line.len) : NULL;
    if (space == NULL || line.len < sizeof start ||
        strncmp(line.ptr, start, sizeof start - 1) != 0) {
        return 0;
    }
    size_t left = line.len - (size_t) (space - line.ptr) - 1;
    if (left < 3 || space[1] < '1' || space[1] > '9' || !is_digit(space[2]) ||
        !is_digit(space[3])) {
        return 0;
    }
    if (left > 3 && space[4] != ' ' && space[4] != '\r' && space[4] != '\n') {
        return 0;
    }
    return (space[1] - '0') * 100 + (space[2] - '0') * 10 + (space[3] - '0');
}

bool http_is_named(hg_str line, const char *name)
{
    size_t length = strlen(name);
    return line.len > length && strncasecmp(line.ptr, name, length) == 0 && line.ptr[length] == ':';
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

hg_str http_value(hg_str line)
{
    const char *colon = line.len > 0 ? memchr(line.ptr, ':', line.len) : NULL;
    if (colon == NULL) {
        return (hg_str){NULL, 0};
    }
    hg_str value = {colon + 1, line.len - (size_t) (colon + 1 - line.ptr)};
    while (value.len > 0 && is_space(value.ptr[0])) {
        value.ptr++;
        value.len--;
    }
    while (value.len > 0 && is_space(value.ptr[value.len - 1])) {
        value.len--;
    }
    return value;
}

static long capped(int64_t seconds)
{
    if (seconds < 0) {
        return 0;
    }
    return seconds > TRANSPORT_RETRY_AFTER_MAX ? TRANSPORT_RETRY_AFTER_MAX : (long) seconds;
}

long http_retry_after(hg_str text, int64_t now)
{
    int64_t date;
    if (hg_time_parse(HG_TIME_HTTP_DATE, text, &date)) {
        return capped(date - now);
    }
    long seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return -1;
        }
        seconds = capped((int64_t) seconds * 10 + (text.ptr[i] - '0'));
    }
    return text.len > 0 ? seconds : -1;
}
