/* SPDX-License-Identifier: MIT
 *
 * Reading secrets. Memory for one is taken before it is read, so that no smaller block with a part
 * of it is left behind by growing.
 */
#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/credential.h"
#include "base/file.h"

#define FD_MAX 1023   /* the largest descriptor that fd:N may name: the usual limit of open files */
#define URL_MAX 8192  /* bytes of an External URL: what servers commonly accept */
#define NEWLINE_MAX 2 /* bytes of the trailing newline: CR and LF */

/* ---- The forms of SRC ------------------------------------------------------------------------ */

static bool check_env(const char *src, const char *name, struct fail *fail)
{
    return name[0] != '\0' || fail_set(fail, EXIT_USAGE, "%s needs the name of a variable", src);
}

static bool read_env(const char *src, const char *name, struct buf *out, struct fail *fail)
{
    const char *value = getenv(name);
    if (value == NULL) {
        return fail_set(fail, EXIT_USAGE, "%s: the variable is not set", src);
    }
    if (!buf_add_text(out, value)) {
        return fail_set(fail, EXIT_USAGE, "%s: is larger than %zu bytes", src,
                        out->max - NEWLINE_MAX);
    }
    return true;
}

static bool check_file(const char *src, const char *path, struct fail *fail)
{
    return path[0] != '\0' || fail_set(fail, EXIT_USAGE, "%s needs a path", src);
}

static bool read_file(const char *src, const char *path, struct buf *out, struct fail *fail)
{
    struct fail inner = {0};
    (void) src;
    /* A file that is called "-" is a file here: standard input is fd:0. */
    return file_read(strcmp(path, "-") == 0 ? "./-" : path, out, &inner) ||
           fail_set(fail, (enum exit_code) inner.exit_code, "file:%s", inner.text);
}

static bool check_credential(const char *src, const char *name, struct fail *fail)
{
    (void) name;
    return credential_check(src, fail);
}

static bool read_credential(const char *src, const char *name, struct buf *out, struct fail *fail)
{
    struct buf path;
    struct fail inner = {0};
    (void) name;
    bool done = credential_path(src, &path, fail);
    if (done && !file_read(path.ptr, out, &inner)) {
        done = fail_set(fail, (enum exit_code) inner.exit_code, CREDENTIAL_FORM "%s", inner.text);
    }
    buf_free(&path);
    return done;
}

/* -1: text is no number of a descriptor. */
static int descriptor(const char *text)
{
    char *end = NULL;
    errno = 0;
    long fd = strtol(text, &end, 10);
    bool is_one = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && fd <= FD_MAX;
    return is_one ? (int) fd : -1;
}

static bool check_fd(const char *src, const char *text, struct fail *fail)
{
    (void) src;
    return descriptor(text) >= 0 ||
           fail_set(fail, EXIT_USAGE, "fd: needs a descriptor's number, 0 to %d", FD_MAX);
}

static bool read_fd(const char *src, const char *text, struct buf *out, struct fail *fail)
{
    return file_read_fd(descriptor(text), src, out, fail);
}

/* rest is what follows the prefix; read is called once check has said yes. */
static const struct form {
    const char *prefix;
    bool (*check)(const char *src, const char *rest, struct fail *fail);
    bool (*read)(const char *src, const char *rest, struct buf *out, struct fail *fail);
} forms[] = {
    {"env:", check_env, read_env},
    {"file:", check_file, read_file},
    {"fd:", check_fd, read_fd},
    {CREDENTIAL_FORM, check_credential, read_credential},
};

/* NULL: text has none of them. */
static const struct form *form_of(const char *text)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strncmp(text, forms[i].prefix, strlen(forms[i].prefix)) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

bool secret_is_src(const char *text)
{
    return form_of(text) != NULL;
}

/* A text of no known form is not repeated: it may be the secret itself. */
bool secret_check(const char *src, struct fail *fail)
{
    const struct form *form = form_of(src);
    if (form == NULL) {
        return fail_set(fail, EXIT_USAGE,
                        "a secret is given as env:NAME, file:PATH, credential:NAME or fd:N");
    }
    return form->check(src, src + strlen(form->prefix), fail);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static bool read_src(const char *src, struct buf *out, struct fail *fail)
{
    const struct form *form = form_of(src);
    return secret_check(src, fail) && form->read(src, src + strlen(form->prefix), out, fail);
}

static void drop_newline(struct buf *buf)
{
    if (buf->len > 0 && buf->ptr[buf->len - 1] == '\n') {
        buf->len--;
        if (buf->len > 0 && buf->ptr[buf->len - 1] == '\r') {
            buf->len--;
        }
        buf->ptr[buf->len] = '\0';
    }
}

static bool check_size(const char *src, size_t max, const struct buf *buf, struct fail *fail)
{
    if (buf->len == 0) {
        return fail_set(fail, EXIT_USAGE, "%s: is empty", src);
    }
    if (buf->len > max) {
        return fail_set(fail, EXIT_USAGE, "%s: is larger than %zu bytes", src, max);
    }
    return true;
}

bool secret_read(const char *src, size_t max, struct buf *out, struct fail *fail)
{
    buf_init(out, max + NEWLINE_MAX);
    if (buf_reserve(out, out->max) == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    bool done = read_src(src, out, fail);
    if (done) {
        drop_newline(out);
        done = check_size(src, max, out, fail);
    }
    if (!done) {
        buf_wipe(out);
    }
    return done;
}

static bool url_is_text(const struct buf *url, struct fail *fail)
{
    for (size_t i = 0; i < url->len; i++) {
        unsigned char byte = (unsigned char) url->ptr[i];
        if (byte <= 0x20 || byte == 0x7f) {
            return fail_set(fail, EXIT_USAGE, "the URL holds a blank or a control byte");
        }
    }
    return true;
}

bool secret_url_read(const char *text, struct buf *out, bool *typed, struct fail *fail)
{
    bool source = secret_is_src(text);
    bool done;
    if (source) {
        done = secret_read(text, URL_MAX, out, fail);
    } else {
        buf_init(out, URL_MAX);
        done = buf_add_text(out, text) ||
               fail_set(fail, EXIT_USAGE, "the URL is larger than %d bytes", URL_MAX);
        done = done && (out->len > 0 || fail_set(fail, EXIT_USAGE, "the URL is empty"));
    }
    if (!done || !url_is_text(out, fail)) {
        buf_wipe(out);
        return false;
    }
    *typed = !source;
    return true;
}

/* The first of a ring's keys that can't be used is named by its SRC. */
static bool make_ring(const hg_key *keys, const char *const *srcs, size_t count,
                      const hg_scheme *scheme, hg_ring **ring, struct fail *fail)
{
    hg_error error = {0};
    hg_status status = hg_ring_new(scheme, keys, count, ring, &error);
    if (status == HG_OK) {
        return true;
    }
    size_t at = count > 1 && strncmp(error.where, "$[1]", 4) == 0 ? 1 : 0;
    enum exit_code code = hg_status_class(status) == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE;
    return fail_set(fail, code, "%s: %s", srcs[at],
                    error.what[0] != '\0' ? error.what : hg_status_text(status));
}

bool secret_ring(const char *src, const char *label, const hg_scheme *scheme, hg_ring **ring,
                 struct fail *fail)
{
    struct buf secret;
    if (!secret_read(src, HG_SECRET_MAX, &secret, fail)) {
        return false;
    }
    hg_key key = {hg_text(label), buf_str(&secret), HG_NEVER};
    bool done = make_ring(&key, &src, 1, scheme, ring, fail);
    buf_wipe(&secret);
    return done;
}

bool secret_ring_pair(const char *current, const char *previous, const hg_scheme *scheme,
                      hg_ring **ring, struct fail *fail)
{
    const char *const srcs[] = {current, previous};
    struct buf secrets[2];
    if (previous == NULL) {
        return secret_ring(current, "current", scheme, ring, fail);
    }
    bool done = secret_read(current, HG_SECRET_MAX, &secrets[0], fail);
    done = secret_read(previous, HG_SECRET_MAX, &secrets[1], fail) && done;
    if (done) {
        hg_key keys[] = {{hg_text("current"), buf_str(&secrets[0]), HG_NEVER},
                         {hg_text("previous"), buf_str(&secrets[1]), HG_NEVER}};
        done = make_ring(keys, srcs, 2, scheme, ring, fail);
    }
    buf_wipe(&secrets[0]);
    buf_wipe(&secrets[1]);
    return done;
}
