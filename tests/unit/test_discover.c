/* SPDX-License-Identifier: MIT
 *
 * Discovering: each built-in row blind, each note from what alone causes it, and nothing that the
 * MAC does not prove.
 */
#include "tests/delivery.h"
#include "tests/unit/check.h"

#define EVENT "Order.OnCreate"
#define ID "0190c8a2-0001"

static hg_discovered *search(const hg_discovering *options)
{
    hg_discovered *found = NULL;
    assert_int_equal(hg_discover(options, &found), HG_OK);
    assert_non_null(found);
    return found;
}

static hg_discovering options_of(const struct delivery *delivery)
{
    hg_discovering options = {
        .requests = &delivery->request, .request_count = 1, .secret = hg_text(delivery->secret)};
    return options;
}

static hg_status verify(const hg_scheme *scheme, const struct delivery *delivery, int64_t now)
{
    hg_key key = {S("key"), hg_text(delivery->secret), HG_NEVER};
    hg_ring *ring = NULL;
    assert_int_equal(hg_ring_new(scheme, &key, 1, &ring, NULL), HG_OK);
    hg_options options = {.scheme = scheme, .ring = ring, .now = now};
    hg_status status = hg_verify(&options, &delivery->request).status;
    hg_ring_free(ring);
    return status;
}

/* ---- Built-in rows --------------------------------------------------------------------------- */

static void check_blind(const hg_scheme_spec *row)
{
    static struct delivery delivery;
    delivery_make(row, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering options = options_of(&delivery);
    options.hidden = &row->name;
    options.hidden_count = 1;
    hg_discovered *found = search(&options);
    if (found->count != 1) {
        fail_msg("%s was not found", row->name);
    }
    const hg_scheme_spec *made = hg_scheme_row(found->rows[0].scheme);
    assert_string_equal(made->basis, "discovered");
    assert_string_not_equal(made->name, row->name);
    assert_int_equal(found->rows[0].requests, 1);
    assert_int_equal(verify(found->rows[0].scheme, &delivery, DELIVERY_NOW), HG_OK);

    /* The same search stops at the proof and at nothing before it. */
    options.budget = found->tried;
    options.secret = S("another secret");
    hg_discovered *other = search(&options);
    assert_int_equal(other->count, 0);
    hg_discovered_free(other);
    hg_discovered_free(found);
    delivery_drop(&delivery);
}

static void test_each_row_blind(void **state)
{
    (void) state;
    const hg_scheme_spec *row;
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        check_blind(row);
    }
}

static void test_built_in_rows_first(void **state)
{
    (void) state;
    static struct delivery delivery;
    const hg_scheme_spec *row;
    size_t count = 0;
    while (hg_scheme_builtin(count) != NULL) {
        count++;
    }
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        delivery_make(row, EVENT, ID, DELIVERY_NOW, &delivery);
        hg_discovering options = options_of(&delivery);
        hg_discovered *found = search(&options);
        assert_int_equal(found->count, 1);
        assert_true(found->rows[0].builtin);
        assert_true(found->tried <= count);
        assert_int_equal(found->rows[0].notes[0].kind, HG_NOTE_BUILTIN);
        hg_discovered_free(found);
        delivery_drop(&delivery);
    }
}

/* ---- A sender of our own --------------------------------------------------------------------- */

static const hg_scheme_spec sender = {
    .name = "sender",
    .basis = "documented",
    .algorithm = "hmac-sha256",
    .key = "utf8",
    .signed_text = "{timestamp}|{event}|{id}|{body}",
    .signature = {.header = "X-Acme-Signature", .item = "{sig}", .encoding = "hex"},
    .timestamp = {.header = "X-Acme-Timestamp", .format = "unix", .tolerance_s = 300},
    .event = {.header = "X-Acme-Topic"},
    .id = {.header = "X-Acme-Delivery"},
};

/* A request with little to combine: its whole space takes a moment. */
static void make_small(const hg_scheme_spec *row, const char *event, const char *id, int64_t now,
                       struct delivery *delivery)
{
    delivery_begin(row, false, delivery);
    delivery->request.url = hg_text(NULL);
    delivery->request.body.len = 100;
    delivery_sign(row, event, id, now, delivery);
}

/* A search over up to three deliveries. */
struct trial {
    struct delivery deliveries[3];
    hg_request requests[3];
    size_t count;
};

static void add(struct trial *trial, const hg_scheme_spec *row, const char *event, const char *id,
                int64_t now)
{
    make_small(row, event, id, now, &trial->deliveries[trial->count]);
    trial->count++;
}

static hg_discovered *search_trial(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        trial->requests[i] = trial->deliveries[i].request;
    }
    hg_discovering options = options_of(&trial->deliveries[0]);
    options.requests = trial->requests;
    options.request_count = trial->count;
    return search(&options);
}

static void end(struct trial *trial, hg_discovered *found)
{
    hg_discovered_free(found);
    for (size_t i = 0; i < trial->count; i++) {
        delivery_drop(&trial->deliveries[i]);
    }
    *trial = (struct trial){.count = 0};
}

static const hg_note *find_note(const hg_discovered *found, hg_note_kind kind, const char *says)
{
    for (size_t i = 0; i < found->rows[0].note_count; i++) {
        const hg_note *note = &found->rows[0].notes[i];
        if (note->kind == kind && strstr(note->text, says) != NULL) {
            return note;
        }
    }
    return NULL;
}

static struct trial trial;

static void test_row_of_two_requests(void **state)
{
    (void) state;
    add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
    add(&trial, &sender, "Order.OnUpdate", "a2", DELIVERY_NOW + 60);
    hg_discovered *found = search_trial(&trial);
    assert_int_equal(found->count, 1);
    assert_int_equal(found->rows[0].requests, 2);
    const hg_scheme_spec *row = hg_scheme_row(found->rows[0].scheme);
    assert_string_equal(row->signed_text, sender.signed_text);
    assert_string_equal(row->algorithm, sender.algorithm);
    assert_string_equal(row->signature.header, sender.signature.header);
    assert_string_equal(row->signature.item, "{sig}");
    assert_string_equal(row->signature.encoding, "hex");
    assert_null(row->signature.separator);
    assert_string_equal(row->timestamp.header, sender.timestamp.header);
    assert_string_equal(row->timestamp.format, "unix");
    assert_string_equal(row->event.header, sender.event.header);
    assert_string_equal(row->id.header, sender.id.header);
    assert_string_equal(row->basis, "discovered");
    end(&trial, found);
}

static void test_one_request_does_not_fit(void **state)
{
    (void) state;
    hg_scheme_spec other = sender;
    other.signed_text = "{timestamp};{event};{id};{body}";
    for (size_t first = 0; first < 2; first++) {
        add(&trial, first == 0 ? &sender : &other, EVENT, "a1", DELIVERY_NOW);
        add(&trial, first == 0 ? &other : &sender, EVENT, "a2", DELIVERY_NOW + 60);
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 0);
        assert_true(found->complete);
        end(&trial, found);
    }
}

static char *value_of(struct delivery *delivery, const char *name)
{
    for (size_t i = 0; i < delivery->request.header_count; i++) {
        if (same(delivery->headers[i].name, hg_text(name))) {
            return (char *) (uintptr_t) delivery->headers[i].value.ptr;
        }
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void test_changed_bits(void **state)
{
    (void) state;
    static struct delivery delivery;
    make_small(&sender, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering options = options_of(&delivery);
    hg_discovered *found = search(&options);
    assert_int_equal(found->count, 1);
    hg_discovered_free(found);

    char *digit = value_of(&delivery, "X-Acme-Signature") + 17;
    *digit = *digit == '0' ? '1' : '0';
    found = search(&options);
    assert_int_equal(found->count, 0);
    assert_true(found->complete);
    hg_discovered_free(found);
    delivery_drop(&delivery);
}

/* A MAC cut to 16 bytes is half a proof: none. */
static void test_short_signatures(void **state)
{
    (void) state;
    static const size_t digits[] = {63, 62, 48, 38, 32, 16, 1};
    static struct delivery delivery;
    hg_discovered *found = NULL;
    make_small(&sender, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering options = options_of(&delivery);
    hg_header *last = &delivery.headers[delivery.request.header_count - 1];
    for (size_t i = 0; i < COUNT(digits); i++) {
        last->value.len = digits[i];
        assert_int_equal(hg_discover(&options, &found), HG_NO_SIGNATURE);
        assert_null(found);
    }
    delivery_drop(&delivery);
}

/* ---- Shapes of rows -------------------------------------------------------------------------- */

static const struct {
    const char *what;
    hg_scheme_spec row;
} rows[] = {
    {"prefix and mixed separators",
     {.algorithm = "hmac-sha512",
      .signed_text = "v2:{timestamp}:{id}:{body}",
      .signature = {.header = "Acme-Sig", .item = "v2={sig}", .encoding = "hex"},
      .timestamp = {.header = "Acme-Time", .format = "unix-ms", .tolerance_s = 60},
      .id = {.header = "Acme-Nonce"}}},
    {"items of a list",
     {.algorithm = "hmac-sha1",
      .signed_text = "{body}\n{timestamp}",
      .signature = {.header = "Sig", .item = "hash={sig}", .separator = ";", .encoding = "base64"},
      .timestamp = {.item = "at={timestamp}", .format = "rfc3339", .tolerance_s = 60}}},
    {"base64url",
     {.algorithm = "hmac-sha384",
      .signed_text = "{event}_{body}",
      .signature = {.header = "Sig", .item = "HMAC {sig}", .encoding = "base64url"},
      .event = {.header = "X-Topic"}}},
    {"five parts",
     {.algorithm = "hmac-sha256",
      .key = "hex",
      .signed_text = "{method}\n{host}\n{path}\n{timestamp}\n{body:sha256:base64}",
      .signature = {.header = "Authorization", .item = "HMAC sig=\"{sig}\"", .encoding = "base64"},
      .timestamp = {.header = "X-Date", .format = "http-date", .tolerance_s = 60}}},
    {"canonical headers",
     {.algorithm = "hmac-sha256",
      .signed_text = "{method}\n{path}\nx-acme-shop:{header:X-Acme-Shop};"
                     "x-acme-timestamp:{timestamp}\n{body}",
      .signature = {.header = "X-Acme-Signature", .item = "{sig}", .encoding = "hex"},
      .timestamp = {.header = "X-Acme-Timestamp", .format = "unix", .tolerance_s = 60}}},
    {"another separator in front of the body",
     {.algorithm = "hmac-sha256",
      .key = "base64",
      .signed_text = "{timestamp}.{id}\n{body}",
      .signature = {.header = "X-Acme-Signature", .item = "sha256={sig}", .encoding = "hex"},
      .timestamp = {.header = "X-Acme-Timestamp", .format = "unix", .tolerance_s = 60},
      .id = {.header = "X-Acme-Id"}}},
    {"the target of the request line",
     {.algorithm = "hmac-sha256",
      .signed_text = "{method}{path}?{query}{body}",
      .signature = {.header = "X-Acme-Signature", .item = "{sig}", .encoding = "hex"}}},
    {"several headers",
     {.algorithm = "hmac-sha256",
      .signed_text = "{body}",
      .signature =
          {.header = "Sig", .item = "{sig}", .encoding = "base64", .several = "numbered"}}},
};

static void test_shapes(void **state)
{
    (void) state;
    static struct delivery delivery;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme_spec row = rows[i].row;
        row.name = "shape";
        row.basis = "documented";
        row.key = row.key != NULL ? row.key : "utf8";
        delivery_make(&row, EVENT, ID, DELIVERY_NOW, &delivery);
        hg_discovering options = options_of(&delivery);
        hg_discovered *found = search(&options);
        HOLDS(found->count == 1, i);
        const hg_scheme_spec *made = hg_scheme_row(found->rows[0].scheme);
        HOLDS(strcasecmp(made->signed_text, row.signed_text) == 0, i);
        HOLDS(strcmp(made->algorithm, row.algorithm) == 0, i);
        HOLDS(strcmp(made->key, row.key) == 0, i);
        HOLDS(strcmp(made->signature.item, row.signature.item) == 0, i);
        HOLDS(strcmp(made->signature.encoding, row.signature.encoding) == 0, i);
        HOLDS((made->signature.separator == NULL) == (row.signature.separator == NULL), i);
        HOLDS((made->signature.several == NULL) == (row.signature.several == NULL), i);
        HOLDS((made->timestamp.format == NULL) == (row.timestamp.format == NULL), i);
        HOLDS(made->timestamp.format == NULL ||
                  strcmp(made->timestamp.format, row.timestamp.format) == 0,
              i);
        HOLDS(verify(found->rows[0].scheme, &delivery, DELIVERY_NOW) == HG_OK, i);
        hg_discovered_free(found);
        delivery_drop(&delivery);
    }
}

/* ---- Notes ----------------------------------------------------------------------------------- */

/* Which of two headers is meant shows in the delivery in which they differ. */
static void test_equal_bytes(void **state)
{
    (void) state;
    for (size_t differs = 0; differs < 2; differs++) {
        add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
        add(&trial, &sender, EVENT, "a2", DELIVERY_NOW + 60);
        delivery_add(&trial.deliveries[0], "Acme-Idempotency", "a1");
        delivery_add(&trial.deliveries[1], "Acme-Idempotency", differs != 0 ? "b7" : "a2");
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 1);
        assert_string_equal(hg_scheme_row(found->rows[0].scheme)->signed_text, sender.signed_text);
        assert_int_equal(find_note(found, HG_NOTE_EQUAL_BYTES, "Acme-Idempotency") == NULL,
                         differs != 0);
        end(&trial, found);
    }
}

/* The likelier of two equal headers is not the one: the second request says so. */
static void test_unlikely_twin(void **state)
{
    (void) state;
    hg_scheme_spec row = sender;
    row.signed_text = "{header:Zeta}.{body}";
    row.timestamp.header = NULL;
    row.timestamp.format = NULL;
    row.event.header = NULL;
    row.id.header = NULL;
    for (size_t i = 0; i < 2; i++) {
        add(&trial, &row, EVENT, ID, DELIVERY_NOW); /* Zeta is alpha-1 */
        delivery_add(&trial.deliveries[i], "X-Acme-Event", i == 0 ? "alpha-1" : "other");
    }
    hg_discovered *found = search_trial(&trial);
    assert_int_equal(found->count, 1);
    assert_string_equal(hg_scheme_row(found->rows[0].scheme)->signed_text, row.signed_text);
    assert_non_null(find_note(found, HG_NOTE_HEADER_CONSTANT, "Zeta"));
    end(&trial, found);
}

static void test_equal_signatures(void **state)
{
    (void) state;
    for (size_t differs = 0; differs < 2; differs++) {
        add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
        struct delivery *delivery = &trial.deliveries[0];
        hg_header copy = delivery->headers[delivery->request.header_count - 1];
        copy.name = S("X-Old-Signature");
        copy.value = differs != 0 ? S("none") : copy.value;
        delivery->headers[delivery->request.header_count++] = copy;
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 1);
        assert_int_equal(find_note(found, HG_NOTE_EQUAL_BYTES, "Signature") == NULL, differs != 0);
        end(&trial, found);
    }
}

static void test_constant_event(void **state)
{
    (void) state;
    for (size_t varies = 0; varies < 2; varies++) {
        add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
        add(&trial, &sender, varies != 0 ? "Order.OnUpdate" : EVENT, "a2", DELIVERY_NOW);
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(find_note(found, HG_NOTE_EVENT_CONSTANT, "X-Acme-Topic") == NULL,
                         varies != 0);
        assert_non_null(hg_scheme_row(found->rows[0].scheme)->event.header);
        end(&trial, found);
    }
}

/* One request can't show that an id is one; two with the same show that it is none. */
static void test_constant_id(void **state)
{
    (void) state;
    add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
    hg_discovered *found = search_trial(&trial);
    assert_non_null(find_note(found, HG_NOTE_ID_CONSTANT, "X-Acme-Delivery"));
    end(&trial, found);

    add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
    add(&trial, &sender, EVENT, "a2", DELIVERY_NOW);
    found = search_trial(&trial);
    assert_null(find_note(found, HG_NOTE_ID_CONSTANT, ""));
    end(&trial, found);

    add(&trial, &sender, EVENT, "a1", DELIVERY_NOW);
    add(&trial, &sender, EVENT, "a1", DELIVERY_NOW + 1);
    found = search_trial(&trial);
    assert_null(hg_scheme_row(found->rows[0].scheme)->id.header);
    assert_string_equal(hg_scheme_row(found->rows[0].scheme)->signed_text,
                        "{timestamp}|{event}|{header:X-Acme-Delivery}|{body}");
    assert_non_null(find_note(found, HG_NOTE_HEADER_CONSTANT, "X-Acme-Delivery"));
    end(&trial, found);
}

/* A note that says something from one sender, and none from its twin. */
static void check_note(hg_note_kind kind, const char *says, const hg_scheme_spec *with,
                       const hg_scheme_spec *without)
{
    static struct delivery delivery;
    for (size_t i = 0; i < 2; i++) {
        make_small(i == 0 ? with : without, EVENT, ID, DELIVERY_NOW, &delivery);
        hg_discovering options = options_of(&delivery);
        hg_discovered *found = search(&options);
        assert_int_equal(found->count, 1);
        if ((find_note(found, kind, says) == NULL) != (i == 1)) {
            fail_msg("%s: %s %s", hg_note_name(kind), says, i == 0 ? "is missing" : "is too much");
        }
        hg_discovered_free(found);
        delivery_drop(&delivery);
    }
}

static void test_notes_of_parts(void **state)
{
    (void) state;
    hg_scheme_spec row = sender;
    row.signed_text = "{event}|{id}|{body}";
    check_note(HG_NOTE_TOLERANCE, "300 s", &sender, &row);
    check_note(HG_NOTE_UNSIGNED, "X-Acme-Timestamp looks like a time", &row, &sender);
    row.signed_text = "{timestamp}|{id}|{body}";
    check_note(HG_NOTE_GRAMMAR, "", &sender, &row);
    check_note(HG_NOTE_UNSIGNED, "X-Acme-Topic looks like an event", &row, &sender);
    row.signed_text = "{timestamp}|{event}|{body}";
    check_note(HG_NOTE_UNSIGNED, "X-Acme-Delivery looks like an id", &row, &sender);
    row.signed_text = "{timestamp}|{event}|{id}";
    check_note(HG_NOTE_UNSIGNED, "does not cover the body", &row, &sender);
    row.signed_text = "{timestamp}|{header:X-Acme-Shop}|{body}";
    check_note(HG_NOTE_HEADER_CONSTANT, "X-Acme-Shop", &row, &sender);
}

static void test_notes_of_the_signature(void **state)
{
    (void) state;
    hg_scheme_spec one = sender;
    hg_scheme_spec other = sender;
    one.signature.item = "v1={sig}";
    other.signature.item = "sha256={sig}";
    check_note(HG_NOTE_LIST, "", &one, &other);

    one = other = sender;
    one.key = "base64"; /* delivery_secret has no whsec_ in front */
    other.key = "whsec";
    check_note(HG_NOTE_KEY, "", &one, &other);
}

/* A MAC of 48 bytes has no padding: it reads as base64url too where it has no '+' and no '/'. */
static void test_note_of_the_encoding(void **state)
{
    (void) state;
    static struct delivery delivery;
    hg_scheme_spec row = sender;
    bool seen[2] = {false, false};
    row.algorithm = "hmac-sha384";
    row.signature.encoding = "base64";
    for (int64_t i = 0; i < 200 && !(seen[0] && seen[1]); i++) {
        make_small(&row, EVENT, ID, DELIVERY_NOW + i, &delivery);
        hg_str sig = delivery.headers[delivery.request.header_count - 1].value;
        bool plain = memchr(sig.ptr, '+', sig.len) == NULL && memchr(sig.ptr, '/', sig.len) == NULL;
        if (!seen[plain]) {
            hg_discovering options = options_of(&delivery);
            hg_discovered *found = search(&options);
            assert_int_equal(found->count, 1);
            assert_string_equal(hg_scheme_row(found->rows[0].scheme)->signature.encoding, "base64");
            assert_int_equal(find_note(found, HG_NOTE_ENCODING, "") != NULL, plain);
            hg_discovered_free(found);
            seen[plain] = true;
        }
        delivery_drop(&delivery);
    }
    assert_true(seen[0] && seen[1]);
}

/* Digits that are no time of this century may be seconds or milliseconds. */
static void test_note_of_the_time(void **state)
{
    (void) state;
    static const struct {
        int64_t now;
        const char *format; /* of the sender */
        const char *guess;
        bool sure;
    } times[] = {{DELIVERY_NOW, "unix", "unix", true},
                 {DELIVERY_NOW, "unix-ms", "unix-ms", true},
                 {12345, "unix", "unix", false},
                 {12345, "unix-ms", "unix", false}};
    for (size_t i = 0; i < COUNT(times); i++) {
        hg_scheme_spec row = sender;
        row.timestamp.format = times[i].format;
        add(&trial, &row, EVENT, ID, times[i].now);
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 1);
        assert_string_equal(hg_scheme_row(found->rows[0].scheme)->timestamp.format, times[i].guess);
        assert_int_equal(find_note(found, HG_NOTE_TIME_FORMAT, "") == NULL, times[i].sure);
        end(&trial, found);
    }
}

static void test_note_of_the_body(void **state)
{
    (void) state;
    for (size_t empty = 0; empty < 2; empty++) {
        struct delivery *delivery = &trial.deliveries[trial.count++];
        delivery_begin(&sender, false, delivery);
        delivery->request.body.len = empty != 0 ? 0 : 1;
        delivery_sign(&sender, EVENT, ID, DELIVERY_NOW, delivery);
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 1);
        assert_int_equal(find_note(found, HG_NOTE_BODY_EMPTY, "") == NULL, empty == 0);
        end(&trial, found);
    }
}

/* Another item of the signature header is signed: what it says, or its text as it is. */
static void test_literal_items(void **state)
{
    (void) state;
    static char value[HG_SIGN_TEXT_MAX];
    hg_scheme_spec row = sender;
    row.signed_text = "{timestamp}.x-one x-two.{body}";
    row.signature.item = "v1={sig}";
    row.signature.separator = ",";
    for (size_t i = 0; i < 2; i++) {
        add(&trial, &row, EVENT, ID, DELIVERY_NOW);
        struct delivery *delivery = &trial.deliveries[0];
        hg_header *last = &delivery->headers[delivery->request.header_count - 1];
        int len = snprintf(value, sizeof value, "h=%s,%.*s", i == 0 ? "x-one x-two" : "none",
                           (int) last->value.len, last->value.ptr);
        last->value = (hg_str){value, (size_t) len};
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, i == 0);
        if (i == 0) {
            assert_string_equal(hg_scheme_row(found->rows[0].scheme)->signed_text, row.signed_text);
            assert_non_null(find_note(found, HG_NOTE_LITERAL, "h= of header X-Acme-Signature"));
        }
        end(&trial, found);
    }
}

static void test_literal_that_a_header_has(void **state)
{
    (void) state;
    hg_scheme_spec row = sender;
    row.signed_text = "v0:{timestamp}:{body}";
    for (size_t same_bytes = 0; same_bytes < 2; same_bytes++) {
        add(&trial, &row, EVENT, ID, DELIVERY_NOW);
        delivery_add(&trial.deliveries[0], "User-Version", same_bytes != 0 ? "v0" : "v7");
        hg_discovered *found = search_trial(&trial);
        assert_int_equal(found->count, 1);
        bool by_header =
            strstr(hg_scheme_row(found->rows[0].scheme)->signed_text, "{header") != NULL;
        bool noted = find_note(found, HG_NOTE_LITERAL, "User-Version") != NULL ||
                     find_note(found, HG_NOTE_HEADER_CONSTANT, "User-Version") != NULL;
        assert_int_equal(by_header || noted, same_bytes != 0);
        assert_int_equal(noted, same_bytes != 0);
        end(&trial, found);
    }
}

/* ---- Shares, budgets and arguments ----------------------------------------------------------- */

static bool has_row(const hg_discovered *found, const char *signed_text)
{
    for (size_t i = 0; i < found->count; i++) {
        if (strcmp(hg_scheme_row(found->rows[i].scheme)->signed_text, signed_text) == 0) {
            return true;
        }
    }
    return false;
}

static void check_shares(size_t parts, const hg_discovered *whole, hg_discovering options)
{
    uint64_t tried = 0;
    size_t count = 0;
    options.parts = parts;
    for (options.part = 0; options.part < parts; options.part++) {
        hg_discovered *share = search(&options);
        assert_true(share->complete);
        assert_true(share->tried < whole->tried);
        tried += share->tried;
        count += share->count;
        for (size_t i = 0; i < share->count; i++) {
            assert_true(has_row(whole, hg_scheme_row(share->rows[i].scheme)->signed_text));
        }
        hg_discovered_free(share);
    }
    assert_true(tried == whole->tried);
    assert_int_equal(count, whole->count);
}

static void test_shares_are_the_whole(void **state)
{
    (void) state;
    static struct delivery delivery;
    static const char *const names[] = {"webinone", NULL};
    for (size_t i = 0; i < 2; i++) { /* a row of our own, and a built-in one */
        hg_scheme_spec row = i == 0 ? sender : *hg_scheme_builtin(0);
        for (size_t j = 0; i == 1 && strcmp(row.name, names[0]) != 0; j++) {
            row = *hg_scheme_builtin(j);
        }
        make_small(&row, EVENT, ID, DELIVERY_NOW, &delivery);
        hg_discovering options = options_of(&delivery);
        options.all = true;
        hg_discovered *whole = search(&options);
        assert_true(whole->complete);
        assert_int_equal(whole->count, 1);
        assert_int_equal(whole->rows[0].builtin, i == 1);
        check_shares(2, whole, options);
        check_shares(3, whole, options);
        check_shares(7, whole, options);
        hg_discovered_free(whole);
        delivery_drop(&delivery);
    }
}

static void test_budget(void **state)
{
    (void) state;
    static struct delivery delivery;
    make_small(&sender, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering options = options_of(&delivery);
    hg_discovered *found = search(&options);
    uint64_t needed = found->tried;
    assert_int_equal(found->count, 1);
    assert_false(found->complete); /* the proof ended it */
    hg_discovered_free(found);
    for (uint64_t less = 0; less < 2; less++) {
        options.budget = needed - less;
        found = search(&options);
        assert_int_equal(found->count, 1 - less);
        assert_true(found->tried == options.budget);
        assert_false(found->complete);
        hg_discovered_free(found);
    }
    delivery_drop(&delivery);
}

struct calls {
    uint64_t count, last, order, stop_at;
};

static bool count_call(void *context, uint64_t tried, uint64_t order)
{
    struct calls *calls = context;
    assert_true(tried > calls->last && order >= calls->order);
    calls->last = tried;
    calls->order = order;
    return ++calls->count != calls->stop_at;
}

static void test_progress(void **state)
{
    (void) state;
    static struct delivery delivery;
    struct calls calls = {0};
    make_small(&sender, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering options = options_of(&delivery);
    options.secret = S("another secret");
    options.progress = count_call;
    options.context = &calls;
    hg_discovered *found = search(&options);
    assert_true(found->complete && calls.count > 2 && calls.last <= found->tried);
    hg_discovered_free(found);

    calls = (struct calls){.stop_at = 2};
    found = search(&options);
    assert_int_equal(calls.count, 2);
    assert_false(found->complete);
    assert_true(found->tried == calls.last);
    hg_discovered_free(found);
    delivery_drop(&delivery);
}

static void check_refused(const hg_discovering *options, hg_status status)
{
    hg_discovered *found = NULL;
    assert_int_equal(hg_discover(options, &found), status);
    assert_null(found);
}

static void test_arguments(void **state)
{
    (void) state;
    static struct delivery delivery;
    static char long_secret[HG_SECRET_MAX + 1];
    static hg_header many[HG_HEADERS_MAX + 1];
    static const char *const unknown[] = {"no-such-row"};
    memset(long_secret, 'x', sizeof long_secret);
    make_small(&sender, EVENT, ID, DELIVERY_NOW, &delivery);
    hg_discovering good = options_of(&delivery);
    good.budget = 1;
    hg_discovered_free(search(&good));
    check_refused(NULL, HG_BAD_ARGUMENT);
    assert_int_equal(hg_discover(&good, NULL), HG_BAD_ARGUMENT);

    hg_discovering bad = good;
    bad.request_count = 0;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad.request_count = HG_SAMPLES_MAX + 1;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad = good;
    bad.requests = NULL;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad = good;
    bad.part = 1;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad.part = bad.parts = 2;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad.part = 1;
    hg_discovered_free(search(&bad));
    bad = good;
    bad.hidden_count = 1;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad.hidden = unknown;
    check_refused(&bad, HG_BAD_ARGUMENT);
    bad = good;
    bad.secret = S("");
    check_refused(&bad, HG_NO_KEY);
    bad.secret = (hg_str){long_secret, HG_SECRET_MAX + 1};
    check_refused(&bad, HG_BAD_KEY);
    bad.secret.len = HG_SECRET_MAX;
    hg_discovered_free(search(&bad));

    bad = good;
    hg_request request = delivery.request;
    bad.requests = &request;
    request.header_count = 0;
    check_refused(&bad, HG_NO_SIGNATURE);
    request.headers = many;
    request.header_count = HG_HEADERS_MAX + 1;
    check_refused(&bad, HG_BAD_REQUEST);
    request.headers = NULL;
    check_refused(&bad, HG_BAD_ARGUMENT);
    request = delivery.request;
    request.body.ptr = NULL;
    check_refused(&bad, HG_BAD_ARGUMENT);
    hg_discovered_free(NULL);
    delivery_drop(&delivery);
}

static void test_note_names(void **state)
{
    (void) state;
    for (int kind = HG_NOTE_BUILTIN; kind <= HG_NOTE_UNSIGNED; kind++) {
        assert_string_not_equal(hg_note_name((hg_note_kind) kind), "unknown");
        for (int other = HG_NOTE_BUILTIN; other < kind; other++) {
            assert_string_not_equal(hg_note_name((hg_note_kind) kind),
                                    hg_note_name((hg_note_kind) other));
        }
    }
    assert_string_equal(hg_note_name((hg_note_kind) 0), "unknown");
    assert_string_equal(hg_note_name((hg_note_kind) (HG_NOTE_UNSIGNED + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_blind),
        cmocka_unit_test(test_built_in_rows_first),
        cmocka_unit_test(test_row_of_two_requests),
        cmocka_unit_test(test_one_request_does_not_fit),
        cmocka_unit_test(test_changed_bits),
        cmocka_unit_test(test_short_signatures),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_equal_bytes),
        cmocka_unit_test(test_unlikely_twin),
        cmocka_unit_test(test_equal_signatures),
        cmocka_unit_test(test_constant_event),
        cmocka_unit_test(test_constant_id),
        cmocka_unit_test(test_notes_of_parts),
        cmocka_unit_test(test_notes_of_the_signature),
        cmocka_unit_test(test_note_of_the_encoding),
        cmocka_unit_test(test_note_of_the_time),
        cmocka_unit_test(test_note_of_the_body),
        cmocka_unit_test(test_literal_items),
        cmocka_unit_test(test_literal_that_a_header_has),
        cmocka_unit_test(test_shares_are_the_whole),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_note_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
