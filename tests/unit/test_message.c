/* SPDX-License-Identifier: MIT
 *
 * Raw requests: each form that is read, and for each mistake the one change that alone causes it.
 */
#include "check.h"

#include "base/message.h"

#define HEAD "POST /hook?a=b HTTP/1.1\r\nHost: example.com\r\n"
/* S for static initialisers. */
/* clang-format off */
#define TEXT(text) {(text), sizeof(text) - 1}
/* clang-format on */
#define CHUNKS HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* Reads a copy that ends where its memory ends; *copy is to be dropped after the capture. */
static bool read_copy(hg_str text, hg_str *copy, struct capture *capture, struct fail *fail)
{
    *copy = exact(text);
    return message_read(*copy, "m", capture, fail);
}

static void reads_everything(void **state)
{
    (void) state;
    hg_str copy;
    struct capture capture;
    struct fail fail = {0};
    assert_true(read_copy(S("PUT /a%20b?c HTTP/1.0\r\nA: 1\r\nb:\t two words \t\r\nA:\r\n"
                            "content-LENGTH:  07\r\nC: \xff:\t;\r\n\r\nx\0\r\n\n\ry"),
                          &copy, &capture, &fail));
    const hg_request *request = &capture.request;
    assert_true(same(request->method, S("PUT")) && same(request->url, S("/a%20b?c")));
    assert_int_equal(request->header_count, 5);
    assert_ptr_equal(request->headers, capture.headers);
    assert_true(same(request->headers[0].name, S("A")) && same(request->headers[0].value, S("1")));
    assert_true(same(request->headers[1].name, S("b")));
    assert_true(same(request->headers[1].value, S("two words")));
    assert_true(same(request->headers[2].name, S("A")) && same(request->headers[2].value, S("")));
    assert_true(same(request->headers[4].value, S("\xff:\t;")));
    assert_true(same(request->body, S("x\0\r\n\n\ry")));
    assert_int_equal(capture.received_at, 0);
    capture_free(&capture);
    drop(copy);
}

static void reads_bodies(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        hg_str text;
        hg_str body;
    } rows[] = {
        {"no body", TEXT(HEAD "\r\n"), TEXT("")},
        {"no header", TEXT("GET / HTTP/1.1\n\n"), TEXT("")},
        {"length 0", TEXT("POST / HTTP/1.1\nContent-Length: 0\n\n"), TEXT("")},
        {"LF", TEXT("POST / HTTP/1.1\nContent-Length: 3\n\na\r\n"), TEXT("a\r\n")},
        {"both", TEXT("POST / HTTP/1.1\r\nContent-Length: 1\n\r\n\n"), TEXT("\n")},
        {"like a head", TEXT("POST / HTTP/1.1\nContent-Length: 4\n\n\nA:b"), TEXT("\nA:b")},
        {"chunks",
         TEXT("POST / HTTP/1.1\nTransfer-Encoding: Chunked\n\n"
              "2\r\n\r\n\r\n00a;x=\"y\"\r\n0123456789\r\nB;\r\nabc\0efghijk\r\n0;z\r\n\r\n"),
         TEXT("\r\n0123456789abc\0efghijk")},
        {"no chunk", TEXT(CHUNKS "000\r\n\r\n"), TEXT("")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_str copy;
        struct capture capture = {0};
        struct fail fail = {0};
        bool done = read_copy(rows[i].text, &copy, &capture, &fail);
        if (!done) {
            fail_msg("%s: %s", rows[i].what, fail.text);
        }
        HOLDS(same(capture.request.body, rows[i].body), i);
        capture_free(&capture);
        drop(copy);
    }
}

/* A sound message, and what is put in the place of a part of it. */
struct change {
    const char *what; /* the mistake that is named */
    const char *part;
    hg_str other;
};

static hg_str changed(const char *whole, const struct change *change)
{
    const char *at = strstr(whole, change->part);
    if (at == NULL || strstr(at + 1, change->part) != NULL) {
        fail_msg("not in it once: %s", change->part);
        return S("");
    }
    size_t before = (size_t) (at - whole);
    const char *rest = at + strlen(change->part);
    size_t length = before + change->other.len + strlen(rest);
    char *text = malloc(length);
    assert_non_null(text);
    memcpy(text, whole, before);
    memcpy(text + before, change->other.ptr, change->other.len);
    memcpy(text + before + change->other.len, rest, strlen(rest));
    return (hg_str){text, length};
}

static void check_changes(const char *whole, const struct change *rows, size_t count)
{
    struct capture capture = {.received_at = 7};
    struct fail none = {0};
    hg_str copy;
    assert_true(read_copy(hg_text(whole), &copy, &capture, &none)); /* the sound twin */
    capture_free(&capture);
    drop(copy);
    for (size_t i = 0; i < count; i++) {
        struct fail fail = {0};
        hg_str text = changed(whole, &rows[i]);
        capture = (struct capture){.received_at = 7};
        assert_false(message_read(text, "m", &capture, &fail));
        assert_string_equal(fail.text, rows[i].what);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_int_equal(capture.received_at, 7);
        assert_null(capture.headers);
        drop(text);
    }
}

#define REQUEST_LINE "m:1: must be a request line, such as POST /hook HTTP/1.1"
#define VERSION "m:1: the request line must end in HTTP/1.1 or HTTP/1.0"
#define TARGET "m:1: the target is empty or holds a byte that is not visible ASCII"
#define FOLDED "m:2: a folded header, or a blank before its name: put it on one line"
#define NO_HEADER "m:2: is not a header (Name: value), nor the empty line after them"
#define NAME "m:2: the header's name is not an HTTP token"
#define VALUE "m:2: the header's value holds a control byte"
#define NOT_NUMBER "m:3: the Content-Length is not a number"

static void refuses_heads(void **state)
{
    (void) state;
    static const struct change rows[] = {
        {REQUEST_LINE, "POST /hook HTTP/1.1", TEXT("POST")},
        {REQUEST_LINE, " HTTP/1.1", TEXT("")},
        {REQUEST_LINE, "POST /hook HTTP/1.1\r\n", TEXT("")},
        {REQUEST_LINE, "POST /", TEXT("\r\nPOST /")},
        {"m:1: the method is not an HTTP token", "POST", TEXT("")},
        {"m:1: the method is not an HTTP token", "POST", TEXT("PO\0T")},
        {"m:1: the method is not an HTTP token", "POST /hook", TEXT("HTTP/1.1 200 OK")},
        {"m:1: the method is not an HTTP token", "POST", TEXT("> POST")},
        {TARGET, "/hook", TEXT("")},
        {TARGET, "/hook", TEXT("/h\tk")},
        {TARGET, "/hook", TEXT("/h\0k")},
        {TARGET, "/hook", TEXT("/\xc3\xa9")},
        {TARGET, "/hook", TEXT("/h\x7f")},
        {VERSION, "HTTP/1.1", TEXT("HTTP/2")},
        {VERSION, "HTTP/1.1", TEXT("HTTP/2.0")},
        {VERSION, "HTTP/1.1", TEXT("http/1.1")},
        {VERSION, "HTTP/1.1", TEXT("HTTP/1.x")},
        {VERSION, "HTTP/1.1", TEXT("HTTP/1.1 ")},
        {VERSION, "HTTP/1.1", TEXT("HTTP/1.1\r")},
        {VERSION, "/hook", TEXT("/ho ok")},
        {FOLDED, "A: b", TEXT(" A: b")},
        {FOLDED, "A: b", TEXT("\tA: b")},
        {NO_HEADER, "A: b", TEXT("A b")},
        {NO_HEADER, "A: b", TEXT("\r")},
        {NAME, "A: b", TEXT(": b")},
        {NAME, "A: b", TEXT("A : b")},
        {NAME, "A: b", TEXT("A\0: b")},
        {NAME, "A: b", TEXT("\xc3\xa9: b")},
        {NAME, "A: b", TEXT("A,B: b")},
        {VALUE, "A: b", TEXT("A: \0b")},
        {VALUE, "A: b", TEXT("A: b\x7f")},
        {VALUE, "A: b", TEXT("A: b\rc")},
        {VALUE, "A: b", TEXT("A: b\x1f")},
        {VALUE, "A: b", TEXT("A: \x1b[0m")},
        {"m:4: the head does not end: the empty line after it is missing", "\r\n\r\n{}",
         TEXT("\r\n")},
        {"m:3: the head does not end: the empty line after it is missing", "\r\n\r\n{}", TEXT("")},
    };
    check_changes("POST /hook HTTP/1.1\r\nA: b\r\nContent-Length: 2\r\n\r\n{}", rows, COUNT(rows));
}

static void refuses_lengths(void **state)
{
    (void) state;
    static const struct change rows[] = {
        {NOT_NUMBER, ": 2", TEXT(":")},
        {NOT_NUMBER, ": 2", TEXT(": +2")},
        {NOT_NUMBER, ": 2", TEXT(": -2")},
        {NOT_NUMBER, ": 2", TEXT(": 2, 2")},
        {NOT_NUMBER, ": 2", TEXT(": 0x2")},
        {NOT_NUMBER, ": 2", TEXT(": 2.0")},
        {"m:3: the body is larger than 16777216 bytes", ": 2", TEXT(": 16777217")},
        {"m:3: the body is larger than 16777216 bytes", ": 2", TEXT(": 18446744073709551618")},
        {"m:4: a second Content-Length", ": 2\r\n", TEXT(": 2\r\ncontent-length: 2\r\n")},
        {"m:4: both a Content-Length and a Transfer-Encoding", ": 2\r\n",
         TEXT(": 2\r\nTransfer-Encoding: chunked\r\n")},
        {"m:5: a body of 2 bytes whose length the head does not state: if it is whole, add the "
         "header Content-Length: 2",
         "Content-Length", TEXT("X-Length")},
        {"m:5: the body is cut short: it has 2 bytes, Content-Length says 3", ": 2", TEXT(": 3")},
        {"m:5: the body is cut short: it has 1 bytes, Content-Length says 2", "{}", TEXT("{")},
        {"m:5: 1 bytes after the body of 1 that Content-Length states: a second message, or a "
         "newline that an editor added",
         ": 2", TEXT(": 1")},
        {"m:5: 1 bytes after the body of 2 that Content-Length states: a second message, or a "
         "newline that an editor added",
         "{}", TEXT("{}\n")},
        {"m:6: 1 bytes after the body of 2 that Content-Length states: a second message, or a "
         "newline that an editor added",
         "{}", TEXT("{\n}")},
    };
    check_changes("POST /hook HTTP/1.1\r\nA: b\r\nContent-Length: 2\r\n\r\n{}", rows, COUNT(rows));
}

#define SIZE_LOST "m:4: a chunk's size is missing or too long, or the body is cut short"
#define SIZE_END "m:4: a chunk's size must end in CRLF: were line ends converted?"
#define SIZE_BAD "m:4: a chunk's size is not a hexadecimal number"
#define CODING "m:2: a Transfer-Encoding other than chunked"

static void refuses_chunks(void **state)
{
    (void) state;
    static const struct change rows[] = {
        {CODING, "chunked", TEXT("")},
        {CODING, "chunked", TEXT("gzip, chunked")},
        {CODING, "chunked", TEXT("chunked, chunked")},
        {CODING, "chunked", TEXT("identity")},
        {"m:2: a Transfer-Encoding in HTTP/1.0", "HTTP/1.1", TEXT("HTTP/1.0")},
        {"m:3: a second Transfer-Encoding", "\r\n\r\n3",
         TEXT("\r\nTransfer-Encoding: chunked\r\n\r\n3")},
        {"m:3: both a Content-Length and a Transfer-Encoding", "\r\n\r\n3",
         TEXT("\r\nContent-Length: 3\r\n\r\n3")},
        {SIZE_LOST, "3;e\r\nabc\r\n0\r\n\r\n", TEXT("")},
        {SIZE_LOST, "3;e\r\nabc\r\n0\r\n\r\n", TEXT("3")},
        {SIZE_END, "3;e\r\n", TEXT("3;e\n")},
        {SIZE_END, "3;e\r\n", TEXT("\n")},
        {SIZE_BAD, "3;e", TEXT("")},
        {SIZE_BAD, "3;e", TEXT(";e")},
        {SIZE_BAD, "3;e", TEXT("3 ;e")},
        {SIZE_BAD, "3;e", TEXT("0x3;e")},
        {SIZE_BAD, "3;e", TEXT("-3;e")},
        {SIZE_BAD, "3;e", TEXT("g;e")},
        {SIZE_BAD, "3;e", TEXT("3;\1")},
        {SIZE_BAD, "3;e", TEXT("3\0e")},
        {"m:4: the body is larger than 16777216 bytes", "3;e", TEXT("1000001")},
        {"m:4: the body is larger than 16777216 bytes", "3;e", TEXT("10000000000000003")},
        {"m:4: the body is cut short in this chunk", "3;e", TEXT("fff")},
        {"m:4: this chunk is not as long as its size says", "3;e", TEXT("2;e")},
        {"m:4: this chunk is not as long as its size says", "3;e", TEXT("4;e")},
        {"m:4: this chunk is not as long as its size says", "abc\r\n", TEXT("abc\n")},
        {"m:4: this chunk is not as long as its size says", "abc\r\n", TEXT("abc\r\r")},
        {"m:6: a chunk's size is missing or too long, or the body is cut short", "0\r\n\r\n",
         TEXT("")},
        {"m:7: the body is cut short: the empty line after the last chunk is missing", "0\r\n\r\n",
         TEXT("0\r\n")},
        {"m:7: a trailer, or no CRLF, after the last chunk", "0\r\n\r\n",
         TEXT("0\r\nA: b\r\n\r\n")},
        {"m:7: a trailer, or no CRLF, after the last chunk", "0\r\n\r\n", TEXT("0\r\n\n")},
        {"m:7: a trailer, or no CRLF, after the last chunk", "0\r\n\r\n", TEXT("0\r\n\r")},
        {"m:8: 1 bytes after the last chunk: a second message?", "0\r\n\r\n", TEXT("0\r\n\r\n\n")},
    };
    check_changes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n0\r\n\r\n",
                  rows, COUNT(rows));
}

static void an_empty_file_is_no_request(void **state)
{
    (void) state;
    struct capture capture = {0};
    struct fail fail = {0};
    assert_false(message_read((hg_str){NULL, 0}, "m", &capture, &fail));
    assert_string_equal(fail.text,
                        "m:1: the head does not end: the empty line after it is missing");
}

/* Whatever is cut off at the end is missed, wherever the cut is. */
static void every_cut_is_noticed(void **state)
{
    (void) state;
    static const char *const whole[] = {
        HEAD "Content-Length: 5\r\n\r\na\r\nbc",
        CHUNKS "2;e=f\r\n\r\n\r\n1\r\na\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(whole); i++) {
        for (size_t length = 0; length <= strlen(whole[i]); length++) {
            hg_str copy;
            struct capture capture = {0};
            struct fail fail = {0};
            bool done = read_copy((hg_str){whole[i], length}, &copy, &capture, &fail);
            assert_int_equal(done, length == strlen(whole[i]));
            capture_free(&capture);
            drop(copy);
        }
    }
}

/* ---- Ceilings: reached, then passed by one --------------------------------------------------- */

static void check_ceiling(const struct buf *text, bool fits, const char *says)
{
    struct capture capture = {0};
    struct fail fail = {0};
    assert_false(text->failed);
    hg_str copy = exact(buf_str(text));
    assert_int_equal(message_read(copy, "m", &capture, &fail), fits);
    assert_string_equal(fail.text, fits ? "" : says);
    capture_free(&capture);
    drop(copy);
}

static void add_many(struct buf *text, char byte, size_t count)
{
    char *place = buf_reserve(text, count);
    assert_non_null(place);
    memset(place, byte, count);
    buf_used(text, count);
}

static void headers_have_a_ceiling(void **state)
{
    (void) state;
    for (int more = 0; more < 2; more++) {
        struct buf text;
        buf_init(&text, 65536);
        (void) buf_add_text(&text, "GET / HTTP/1.1\r\n");
        for (int i = 0; i < HG_HEADERS_MAX + more; i++) {
            (void) buf_add_text(&text, "A: b\r\n");
        }
        (void) buf_add_text(&text, "\r\n");
        check_ceiling(&text, more == 0, "m:258: more than 256 headers");
        buf_free(&text);
    }
}

static void the_head_has_a_ceiling(void **state)
{
    (void) state;
    static const char before[] = "GET / HTTP/1.1\r\nA: ";
    for (size_t more = 0; more < 2; more++) {
        struct buf text;
        buf_init(&text, 2 * MESSAGE_HEAD_MAX);
        (void) buf_add_text(&text, before);
        add_many(&text, 'x', MESSAGE_HEAD_MAX - (sizeof before - 1) - 4 + more);
        (void) buf_add_text(&text, "\r\n\r\n");
        check_ceiling(&text, more == 0, "m:3: the head is larger than 65536 bytes");
        buf_free(&text);
    }
}

static void a_chunk_line_has_a_ceiling(void **state)
{
    (void) state;
    for (size_t more = 0; more < 2; more++) {
        struct buf text;
        buf_init(&text, 65536);
        (void) buf_add_text(&text, CHUNKS "1;");
        add_many(&text, 'x', MESSAGE_CHUNK_LINE_MAX - 4 + more);
        (void) buf_add_text(&text, "\r\na\r\n0\r\n\r\n");
        check_ceiling(&text, more == 0,
                      "m:5: a chunk's size is missing or too long, or the body is cut short");
        buf_free(&text);
    }
}

static void a_body_has_a_ceiling(void **state)
{
    (void) state;
    for (size_t more = 0; more < 2; more++) {
        struct buf text;
        buf_init(&text, CAPTURE_BODY_MAX + 1000);
        (void) buf_addf(&text, HEAD "Content-Length: %zu\r\n\r\n", CAPTURE_BODY_MAX + more);
        add_many(&text, 'x', CAPTURE_BODY_MAX + more);
        check_ceiling(&text, more == 0, "m:3: the body is larger than 16777216 bytes");
        buf_free(&text);
    }
}

static void chunks_together_have_a_ceiling(void **state)
{
    (void) state;
    for (size_t more = 0; more < 2; more++) {
        struct buf text;
        buf_init(&text, CAPTURE_BODY_MAX + 1000);
        (void) buf_add_text(&text, CHUNKS "3\r\nabc\r\n");
        (void) buf_addf(&text, "%zx\r\n", CAPTURE_BODY_MAX - 3 + more);
        add_many(&text, 'x', CAPTURE_BODY_MAX - 3 + more);
        (void) buf_add_text(&text, "\r\n0\r\n\r\n");
        check_ceiling(&text, more == 0, "m:7: the body is larger than 16777216 bytes");
        buf_free(&text);
    }
}

static void a_body_of_no_stated_length_has_a_ceiling(void **state)
{
    (void) state;
    struct buf text;
    buf_init(&text, CAPTURE_BODY_MAX + 1000);
    (void) buf_add_text(&text, HEAD "\r\n");
    add_many(&text, 'x', CAPTURE_BODY_MAX + 1);
    check_ceiling(&text, false, "m:4: the body is larger than 16777216 bytes");
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything),
        cmocka_unit_test(reads_bodies),
        cmocka_unit_test(refuses_heads),
        cmocka_unit_test(refuses_lengths),
        cmocka_unit_test(refuses_chunks),
        cmocka_unit_test(an_empty_file_is_no_request),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(headers_have_a_ceiling),
        cmocka_unit_test(the_head_has_a_ceiling),
        cmocka_unit_test(a_chunk_line_has_a_ceiling),
        cmocka_unit_test(a_body_has_a_ceiling),
        cmocka_unit_test(chunks_together_have_a_ceiling),
        cmocka_unit_test(a_body_of_no_stated_length_has_a_ceiling),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
