/* SPDX-License-Identifier: MIT
 *
 * Reading raw requests: the head line by line, then the body by what the head says of it.
 */
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/http_field.h"

#define NO_LENGTH SIZE_MAX
#define WHAT_MAX 256 /* bytes of a mistake's sentence */

struct reader {
    hg_str text;
    size_t at;   /* the next byte */
    size_t from; /* where what is being read began: gives a mistake its line */
    const char *file;
    struct fail *fail;
    hg_header headers[HG_HEADERS_MAX];
    size_t header_count;
    size_t length; /* of the body, or NO_LENGTH */
    bool chunked;
    bool may_chunk; /* HTTP/1.0 has no chunks: readers disagree on what its body then is */
};

__attribute__((format(printf, 2, 3))) static bool fault(const struct reader *reader,
                                                        const char *format, ...)
{
    char what[WHAT_MAX];
    size_t line = 1;
    va_list args;
    for (size_t i = 0; i < reader->from; i++) {
        line += reader->text.ptr[i] == '\n';
    }
    va_start(args, format);
    (void) vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return fail_set(reader->fail, EXIT_USAGE, "%s:%zu: %s", reader->file, line, what);
}

static bool too_large(const struct reader *reader)
{
    return fault(reader, "the body is larger than %zu bytes", CAPTURE_BODY_MAX);
}

static bool no_memory(const struct reader *reader)
{
    return fail_set(reader->fail, EXIT_UNKNOWN, "%s: out of memory", reader->file);
}

static size_t left(const struct reader *reader)
{
    return reader->text.len - reader->at;
}

/* ---- Bytes and words ------------------------------------------------------------------------- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_visible(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] > 0x7e) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_word(hg_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* Takes what stands before the first `mark` off *text; false when there is none. */
static bool cut(hg_str *text, char mark, hg_str *before)
{
    const char *at = text->len > 0 ? memchr(text->ptr, mark, text->len) : NULL;
    if (at == NULL) {
        return false;
    }
    *before = (hg_str){text->ptr, (size_t) (at - text->ptr)};
    text->ptr = at + 1;
    text->len -= before->len + 1;
    return true;
}

static hg_str trim(hg_str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* ---- The head -------------------------------------------------------------------------------- */

/* The next line of the head, without its line end. */
static bool head_line(struct reader *reader, hg_str *line)
{
    hg_str rest = {reader->text.ptr + reader->at, left(reader)};
    reader->from = reader->at;
    if (rest.len > MESSAGE_HEAD_MAX - reader->at) {
        rest.len = MESSAGE_HEAD_MAX - reader->at;
    }
    if (!cut(&rest, '\n', line)) {
        return left(reader) > MESSAGE_HEAD_MAX - reader->at
                   ? fault(reader, "the head is larger than %zu bytes", MESSAGE_HEAD_MAX)
                   : fault(reader, "the head does not end: the empty line after it is missing");
    }
    reader->at += line->len + 1;
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') {
        line->len--;
    }
    return true;
}

static bool request_line(struct reader *reader, hg_request *request)
{
    hg_str version;
    if (!head_line(reader, &version)) {
        return false;
    }
    if (!cut(&version, ' ', &request->method) || !cut(&version, ' ', &request->url)) {
        return fault(reader, "must be a request line, such as POST /hook HTTP/1.1");
    }
    if (!http_is_token(request->method)) {
        return fault(reader, "the method is not an HTTP token");
    }
    if (!is_visible(request->url)) {
        return fault(reader, "the target is empty or holds a byte that is not visible ASCII");
    }
    if (version.len != 8 || strncmp(version.ptr, "HTTP/1.", 7) != 0 || !is_digit(version.ptr[7])) {
        return fault(reader, "the request line must end in HTTP/1.1 or HTTP/1.0");
    }
    reader->may_chunk = version.ptr[7] != '0';
    return true;
}

static bool take_length(struct reader *reader, hg_str value)
{
    size_t length = 0;
    if (reader->length != NO_LENGTH) {
        return fault(reader, "a second Content-Length");
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.ptr[i])) {
            return fault(reader, "the Content-Length is not a number");
        }
        length = length * 10 + (size_t) (value.ptr[i] - '0');
        if (length > CAPTURE_BODY_MAX) {
            return too_large(reader);
        }
    }
    reader->length = length;
    return value.len > 0 || fault(reader, "the Content-Length is not a number");
}

static bool take_coding(struct reader *reader, hg_str value)
{
    if (reader->chunked) {
        return fault(reader, "a second Transfer-Encoding");
    }
    reader->chunked = true;
    if (!reader->may_chunk) {
        return fault(reader, "a Transfer-Encoding in HTTP/1.0");
    }
    return is_word(value, "chunked") || fault(reader, "a Transfer-Encoding other than chunked");
}

/* What a header says of the body. */
static bool take_framing(struct reader *reader, const hg_header *header)
{
    bool done = true;
    if (is_word(header->name, "Content-Length")) {
        done = take_length(reader, header->value);
    } else if (is_word(header->name, "Transfer-Encoding")) {
        done = take_coding(reader, header->value);
    }
    if (done && reader->chunked && reader->length != NO_LENGTH) {
        return fault(reader, "both a Content-Length and a Transfer-Encoding");
    }
    return done;
}

static bool take_header(struct reader *reader, hg_str line)
{
    hg_header header = {{NULL, 0}, {NULL, 0}};
    if (is_blank(line.ptr[0])) {
        return fault(reader, "a folded header, or a blank before its name: put it on one line");
    }
    if (!cut(&line, ':', &header.name)) {
        return fault(reader, "is not a header (Name: value), nor the empty line after them");
    }
    if (!http_is_token(header.name)) {
        return fault(reader, "the header's name is not an HTTP token");
    }
    header.value = trim(line);
    if (!http_is_value(header.value)) {
        return fault(reader, "the header's value holds a control byte");
    }
    if (reader->header_count == HG_HEADERS_MAX) {
        return fault(reader, "more than %d headers", HG_HEADERS_MAX);
    }
    reader->headers[reader->header_count++] = header;
    return take_framing(reader, &header);
}

static bool read_head(struct reader *reader, hg_request *request)
{
    hg_str line;
    bool done = request_line(reader, request);
    while (done && (done = head_line(reader, &line)) && line.len > 0) {
        done = take_header(reader, line);
    }
    return done;
}

/* ---- The body -------------------------------------------------------------------------------- */

static bool plain_body(struct reader *reader, hg_str *body)
{
    size_t found = left(reader);
    if (reader->length == NO_LENGTH && found > CAPTURE_BODY_MAX) {
        return too_large(reader);
    }
    if (reader->length == NO_LENGTH && found > 0) {
        return fault(reader,
                     "a body of %zu bytes whose length the head does not state: if it is "
                     "whole, add the header Content-Length: %zu",
                     found, found);
    }
    if (reader->length == NO_LENGTH) {
        return true;
    }
    if (found < reader->length) {
        return fault(reader, "the body is cut short: it has %zu bytes, Content-Length says %zu",
                     found, reader->length);
    }
    if (found > reader->length) {
        reader->from += reader->length;
        return fault(reader,
                     "%zu bytes after the body of %zu that Content-Length states: a second "
                     "message, or a newline that an editor added",
                     found - reader->length, reader->length);
    }
    *body = (hg_str){reader->text.ptr + reader->at, found};
    return true;
}

/* A line end of the chunks' own. LF alone means that line ends were converted, and then perhaps
 * some in the body. */
static bool skip_line_end(struct reader *reader)
{
    const char *next = reader->text.ptr + reader->at;
    if (left(reader) >= 2 && next[0] == '\r' && next[1] == '\n') {
        reader->at += 2;
        return true;
    }
    return false;
}

static int hex_value(char digit)
{
    char lower = (char) (digit | 0x20);
    if (is_digit(digit)) {
        return digit - '0';
    }
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* "1f" or "1f;name=value", and its line end. */
static bool chunk_size(struct reader *reader, size_t *size)
{
    hg_str line = {NULL, 0};
    hg_str rest = {reader->text.ptr + reader->at, left(reader)};
    size_t digits = 0;
    reader->from = reader->at;
    rest.len = rest.len < MESSAGE_CHUNK_LINE_MAX ? rest.len : MESSAGE_CHUNK_LINE_MAX;
    if (!cut(&rest, '\n', &line)) {
        return fault(reader, "a chunk's size is missing or too long, or the body is cut short");
    }
    if (line.len == 0 || line.ptr[line.len - 1] != '\r') {
        return fault(reader, "a chunk's size must end in CRLF: were line ends converted?");
    }
    line.len--;
    for (*size = 0; digits < line.len && hex_value(line.ptr[digits]) >= 0; digits++) {
        *size = *size * 16 + (size_t) hex_value(line.ptr[digits]);
        if (*size > CAPTURE_BODY_MAX) {
            return too_large(reader);
        }
    }
    if (digits == 0 || (digits < line.len && line.ptr[digits] != ';') || !http_is_value(line)) {
        return fault(reader, "a chunk's size is not a hexadecimal number");
    }
    reader->at += line.len + 2;
    return true;
}

static bool last_chunk(struct reader *reader)
{
    reader->from = reader->at;
    if (left(reader) == 0) {
        return fault(reader,
                     "the body is cut short: the empty line after the last chunk is missing");
    }
    if (!skip_line_end(reader)) {
        return fault(reader, "a trailer, or no CRLF, after the last chunk");
    }
    reader->from = reader->at;
    return left(reader) == 0 ||
           fault(reader, "%zu bytes after the last chunk: a second message?", left(reader));
}

/* Joins the chunks into bytes, which have room for CAPTURE_BODY_MAX or for all that is left. */
static bool join_chunks(struct reader *reader, char *bytes, size_t *length)
{
    size_t size = 0;
    *length = 0;
    for (;;) {
        if (!chunk_size(reader, &size)) {
            return false;
        }
        if (size == 0) {
            return last_chunk(reader);
        }
        if (size > CAPTURE_BODY_MAX - *length) {
            return too_large(reader);
        }
        if (size > left(reader)) {
            return fault(reader, "the body is cut short in this chunk");
        }
        memcpy(bytes + *length, reader->text.ptr + reader->at, size);
        *length += size;
        reader->at += size;
        if (!skip_line_end(reader)) {
            return fault(reader, "this chunk is not as long as its size says");
        }
    }
}

static bool chunked_body(struct reader *reader, struct capture *made)
{
    size_t room = left(reader) < CAPTURE_BODY_MAX ? left(reader) : CAPTURE_BODY_MAX;
    size_t length = 0;
    made->bytes = malloc(room + 1);
    if (made->bytes == NULL) {
        return no_memory(reader);
    }
    if (!join_chunks(reader, made->bytes, &length)) {
        return false;
    }
    made->request.body = (hg_str){made->bytes, length};
    return true;
}

static bool read_body(struct reader *reader, struct capture *made)
{
    reader->from = reader->at;
    return reader->chunked ? chunked_body(reader, made) : plain_body(reader, &made->request.body);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool keep_headers(const struct reader *reader, struct capture *made)
{
    made->headers = calloc(reader->header_count + 1, sizeof *made->headers);
    if (made->headers == NULL) {
        return no_memory(reader);
    }
    memcpy(made->headers, reader->headers, reader->header_count * sizeof *made->headers);
    made->request.headers = made->headers;
    made->request.header_count = reader->header_count;
    return true;
}

bool message_read(hg_str text, const char *file, struct capture *capture, struct fail *fail)
{
    struct reader reader = {.text = text, .file = file, .fail = fail, .length = NO_LENGTH};
    struct capture made = {0};
    if (text.len == 0) {
        reader.text = hg_text(""); /* a place to point at */
    }
    if (!read_head(&reader, &made.request) || !keep_headers(&reader, &made) ||
        !read_body(&reader, &made)) {
        capture_free(&made);
        return false;
    }
    *capture = made;
    return true;
}
