/* SPDX-License-Identifier: MIT
 *
 * The certificate that TLS listeners show, and its change while they run.
 *
 * TLS itself is libmicrohttpd's, over GnuTLS. It asks for the certificate in each handshake, on the
 * thread of the loop; that is also when a change of the files is noticed, so nothing runs while
 * nobody connects.
 */
#ifndef RECEIVER_TLS_H
#define RECEIVER_TLS_H

#include "base/fail.h"
#include "base/log.h"

/* TLS 1.3 and 1.2 with forward secrecy and authenticated encryption, nothing else: what every
 * sender of the last ten years can do. The client's order counts, since all of it is good: with the
 * server's, GnuTLS asks for another key share and a handshake takes one more round trip. */
#define TLS_PRIORITIES                                                                             \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"                  \
    "-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1"

#define TLS_FILE_MAX ((size_t) 1 << 20) /* bytes: a chain has about 6,000 */
#define TLS_CHAIN_MAX 16                /* certificates: clients refuse chains of more than ten */

struct tls;

/* Reads a certificate with its chain, leaf first, and its key, both PEM and without a password;
 * each is a file or "credential:NAME". The names and log are borrowed; log may be NULL: then
 * nothing is logged, which is for a check alone. NULL with EXIT_USAGE naming the file that is not
 * readable, makes no sense or does not fit the other. A process has one at a time: the library's
 * question for it has no room for more. */
struct tls *tls_open(const char *certificate, const char *key, struct log *log, struct fail *fail);
void tls_close(struct tls *tls); /* NULL is allowed */

/* Reads the files again. false: the pair in use stays, and the log says why. NULL is allowed. */
bool tls_reload(struct tls *tls);

/* What libmicrohttpd calls in a handshake; a gnutls_certificate_retrieve_function3, whose header
 * only tls.c sees. */
typedef void (*tls_callback)(void);
tls_callback tls_on_handshake(void);

#endif
