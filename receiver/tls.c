/* SPDX-License-Identifier: MIT
 *
 * See tls.h.
 */
#include "receiver/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/credential.h"
#include "base/file.h"
#include "receiver/exchange.h"

#define LOOK_EVERY_MS                                                                              \
    1000              /* a handshake costs more than a look at two files, but there are many       \
                       */
#define KEY_ID_MAX 32 /* bytes: SHA-256 */

/* A certificate with its chain and key. */
struct pair {
    gnutls_x509_crt_t *chain;
    unsigned count;
    gnutls_x509_privkey_t key;
};

/* What tells that a file has changed. */
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct tls {
    const char *certificate, *key; /* files: as configured, or what a credential's name leads to */
    struct buf certificate_path, key_path;
    struct log *log;
    struct pair pair;
    struct mark marks[2]; /* of the files when they were last read, whatever came of it */
    int64_t looked_ms;
};

static struct tls *in_use; /* the library's callback has no argument of ours */

/* ---- Reading --------------------------------------------------------------------------------- */

static void pair_release(struct pair *pair)
{
    for (unsigned i = 0; i < pair->count; i++) {
        gnutls_x509_crt_deinit(pair->chain[i]);
    }
    gnutls_free(pair->chain);
    if (pair->key != NULL) {
        gnutls_x509_privkey_deinit(pair->key);
    }
    memset(pair, 0, sizeof(*pair));
}

static bool said(int code, const char *file, struct fail *fail)
{
    return code >= 0 || fail_set(fail, code == GNUTLS_E_MEMORY_ERROR ? EXIT_UNKNOWN : EXIT_USAGE,
                                 "%s: %s", file, gnutls_strerror(code));
}

static bool read_chain(const char *file, struct pair *pair, struct fail *fail)
{
    struct buf text;
    buf_init(&text, TLS_FILE_MAX);
    bool done = file_read(file, &text, fail);
    if (done) {
        gnutls_datum_t pem = {(unsigned char *) text.ptr, (unsigned) text.len};
        done = said(gnutls_x509_crt_list_import2(&pair->chain, &pair->count, &pem,
                                                 GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT),
                    file, fail);
    }
    buf_free(&text);
    return done &&
           (pair->count <= TLS_CHAIN_MAX ||
            fail_set(fail, EXIT_USAGE, "%s: holds more than %d certificates", file, TLS_CHAIN_MAX));
}

static bool read_key(const char *file, struct pair *pair, struct fail *fail)
{
    struct buf text;
    buf_init(&text, TLS_FILE_MAX);
    bool done = file_read(file, &text, fail);
    if (done) {
        gnutls_datum_t pem = {(unsigned char *) text.ptr, (unsigned) text.len};
        done = said(gnutls_x509_privkey_init(&pair->key), file, fail) &&
               said(gnutls_x509_privkey_import2(pair->key, &pem, GNUTLS_X509_FMT_PEM, NULL,
                                                GNUTLS_PKCS_PLAIN),
                    file, fail);
    }
    buf_wipe(&text);
    return done;
}

static bool pair_fits(const struct tls *tls, const struct pair *pair, struct fail *fail)
{
    unsigned char ids[2][KEY_ID_MAX];
    size_t sizes[2] = {KEY_ID_MAX, KEY_ID_MAX};
    return said(gnutls_x509_crt_get_key_id(pair->chain[0], GNUTLS_KEYID_USE_SHA256, ids[0],
                                           &sizes[0]),
                tls->certificate, fail) &&
           said(gnutls_x509_privkey_get_key_id(pair->key, GNUTLS_KEYID_USE_SHA256, ids[1],
                                               &sizes[1]),
                tls->key, fail) &&
           (memcmp(ids[0], ids[1], KEY_ID_MAX) == 0 ||
            fail_set(fail, EXIT_USAGE, "%s: is not the key of %s", tls->key, tls->certificate));
}

static bool pair_read(const struct tls *tls, struct pair *pair, struct fail *fail)
{
    memset(pair, 0, sizeof(*pair));
    bool done = read_chain(tls->certificate, pair, fail) && read_key(tls->key, pair, fail) &&
                pair_fits(tls, pair, fail);
    if (!done) {
        pair_release(pair);
    }
    return done;
}

/* ---- What is worth a warning ----------------------------------------------------------------- */

static void warn(const struct tls *tls, const char *event, const char *file, const char *note)
{
    const struct log_field fields[] = {LOG_TEXT("file", hg_text(file)),
                                       LOG_TEXT("note", hg_text(note))};
    if (tls->log != NULL) {
        log_add(tls->log, LOG_WARN, clock_wall_ms(), event, fields, 2);
    }
}

static void warn_of_pair(const struct tls *tls)
{
    struct stat key;
    if (stat(tls->key, &key) == 0 && (key.st_mode & S_IROTH) != 0) {
        warn(tls, "tls_key_readable", tls->key, "every user of this machine can read the key");
    }
    if (gnutls_x509_crt_get_expiration_time(tls->pair.chain[0]) < time(NULL)) {
        warn(tls, "tls_expired", tls->certificate, "the certificate has expired: senders refuse");
    }
}

/* ---- Changes --------------------------------------------------------------------------------- */

/* A file that is away for a moment has a mark of its own: nothing. */
static struct mark mark_of(const char *file)
{
    struct stat found;
    struct mark mark;
    memset(&mark, 0, sizeof(mark)); /* marks are compared as bytes */
    if (stat(file, &found) == 0) {
        mark.device = found.st_dev;
        mark.inode = found.st_ino;
        mark.size = found.st_size;
        mark.changed = found.st_mtim;
    }
    return mark;
}

/* Notes what the files are like; true when that is not what they were like before. */
static bool look(struct tls *tls)
{
    struct mark marks[2] = {mark_of(tls->certificate), mark_of(tls->key)};
    bool changed = memcmp(marks, tls->marks, sizeof(marks)) != 0;
    memcpy(tls->marks, marks, sizeof(marks));
    tls->looked_ms = clock_steady_ms();
    return changed;
}

bool tls_reload(struct tls *tls)
{
    struct pair fresh;
    struct fail fail = {0};
    if (tls == NULL) {
        return true;
    }
    (void) look(tls); /* before reading: what is written meanwhile is noticed next time */
    if (!pair_read(tls, &fresh, &fail)) {
        const struct log_field fields[] = {LOG_TEXT("error", hg_text(fail.text))};
        log_add(tls->log, LOG_ERROR, clock_wall_ms(), "tls_kept", fields, 1);
        return false;
    }
    pair_release(&tls->pair);
    tls->pair = fresh;
    const struct log_field fields[] = {LOG_TEXT("certificate", hg_text(tls->certificate))};
    log_add(tls->log, LOG_INFO, clock_wall_ms(), "tls_loaded", fields, 1);
    warn_of_pair(tls);
    return true;
}

/* ---- Handshakes ------------------------------------------------------------------------------ */

static int copy_key(gnutls_x509_privkey_t from, gnutls_privkey_t *to)
{
    int code = gnutls_privkey_init(to);
    if (code < 0) {
        return code;
    }
    code = gnutls_privkey_import_x509(*to, from, GNUTLS_PRIVKEY_IMPORT_COPY);
    if (code < 0) {
        gnutls_privkey_deinit(*to);
    }
    return code;
}

/* Copies, which GnuTLS frees: a handshake may outlast the pair it began with. */
static int copy_pair(const struct pair *pair, gnutls_pcert_st **certificates, unsigned *count,
                     gnutls_privkey_t *key)
{
    unsigned made = pair->count;
    gnutls_pcert_st *list = gnutls_calloc(made, sizeof(*list));
    if (list == NULL) {
        return GNUTLS_E_MEMORY_ERROR;
    }
    int code = gnutls_pcert_import_x509_list(list, pair->chain, &made, 0);
    if (code < 0) {
        gnutls_free(list);
        return code;
    }
    code = copy_key(pair->key, key);
    if (code < 0) {
        for (unsigned i = 0; i < made; i++) {
            gnutls_pcert_deinit(&list[i]);
        }
        gnutls_free(list);
        return code;
    }
    *certificates = list;
    *count = made;
    return 0;
}

static int on_handshake(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                        gnutls_pcert_st **certificates, unsigned *count, gnutls_ocsp_data_st **ocsp,
                        unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
    (void) session;
    (void) info;
    if (in_use == NULL) {
        return GNUTLS_E_INTERNAL_ERROR;
    }
    if (clock_steady_ms() - in_use->looked_ms >= LOOK_EVERY_MS && look(in_use)) {
        (void) tls_reload(in_use);
    }
    *ocsp = NULL;
    *ocsp_count = 0;
    *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return copy_pair(&in_use->pair, certificates, count, key);
}

tls_callback tls_on_handshake(void)
{
    return (tls_callback) on_handshake;
}

/* The file behind a name, which may be that of a credential. */
static bool resolve(const char *name, struct buf *path, const char **file, struct fail *fail)
{
    *file = name;
    if (credential_is(name)) {
        if (!credential_path(name, path, fail)) {
            return false;
        }
        *file = path->ptr;
    }
    return true;
}

struct tls *tls_open(const char *certificate, const char *key, struct log *log, struct fail *fail)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    tls->log = log;
    if (!resolve(certificate, &tls->certificate_path, &tls->certificate, fail) ||
        !resolve(key, &tls->key_path, &tls->key, fail)) {
        tls_close(tls);
        return NULL;
    }
    (void) look(tls);
    if (!pair_read(tls, &tls->pair, fail)) {
        tls_close(tls);
        return NULL;
    }
    warn_of_pair(tls);
    in_use = tls;
    return tls;
}

void tls_close(struct tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (in_use == tls) {
        in_use = NULL;
    }
    pair_release(&tls->pair);
    buf_free(&tls->certificate_path);
    buf_free(&tls->key_path);
    free(tls);
}
