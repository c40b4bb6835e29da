/* SPDX-License-Identifier: MIT
 *
 * See stream_link.h: the connection.
 */
#include "receiver/stream_link.h"

#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

#define RECONNECT_MS INT64_C(250) /* between two attempts: a restart takes about a second */
#define RECONNECT_JITTER_MS INT64_C(250)
#define PING_MS INT64_C(5000) /* a server that does not answer two of them is left: 10 to 15 s */
#define PINGS_OUT 2
#define WRITE_MS INT64_C(5000)         /* for a write to a server that does not read */
#define AWAY_BYTES 65536               /* kept for sending after a reconnect: questions, acks */
#define CLOSE_MS INT64_C(5000)         /* for the library's threads to end */
#define CREDENTIAL_MAX ((size_t) 4096) /* bytes: a password or a token; a JWT has about 1,000 */

/* "(conn.c:2088): No server available for connection", without the place. */
const char *stream_reason(natsStatus status)
{
    natsStatus last = NATS_OK;
    const char *text = nats_GetLastError(&last);
    if (text == NULL || last != status) {
        return natsStatus_GetText(status);
    }
    const char *after = text[0] == '(' ? strstr(text, "): ") : NULL;
    text = after != NULL ? after + 3 : text;
    return text[0] != '\0' ? text : natsStatus_GetText(status);
}

/* ---- Notices --------------------------------------------------------------------------------- */

static void tell(struct stream_link *link, enum log_level level, const char *event)
{
    const struct log_field fields[] = {LOG_TEXT("stream", hg_text(link->name))};
    if (link->log != NULL) {
        log_add(link->log, level, clock_wall_ms(), event, fields, 1);
    }
}

static void set_up(struct stream_link *link, bool up)
{
    (void) pthread_mutex_lock(&link->lock);
    bool closing = link->closing;
    link->up = up;
    if (!up && link->lost != NULL) {
        link->lost(link->context);
    }
    (void) pthread_mutex_unlock(&link->lock);
    if (!closing) {
        tell(link, up ? LOG_INFO : LOG_ERROR, up ? "nats_connected" : "nats_lost");
    }
}

void stream_link_when_lost(struct stream_link *link, void (*lost)(void *context), void *context)
{
    if (!link->opened) {
        return;
    }
    (void) pthread_mutex_lock(&link->lock);
    link->lost = lost;
    link->context = context;
    (void) pthread_mutex_unlock(&link->lock);
}

static void on_lost(natsConnection *connection, void *context)
{
    (void) connection;
    set_up(context, false);
}

static void on_back(natsConnection *connection, void *context)
{
    (void) connection;
    set_up(context, true);
}

/* What goes wrong is seen where it is waited for. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *context)
{
    (void) connection;
    (void) subscription;
    (void) status;
    (void) context;
}

bool stream_link_up(struct stream_link *link)
{
    (void) pthread_mutex_lock(&link->lock);
    bool up = link->up;
    (void) pthread_mutex_unlock(&link->lock);
    return up;
}

/* ---- Options --------------------------------------------------------------------------------- */

static natsStatus set_behaviour(natsOptions *options, struct stream_link *link)
{
    natsStatus status = natsOptions_SetName(options, "hookgauge");
    const natsStatus rest[] = {
        natsOptions_SetMaxReconnect(options, -1),
        natsOptions_SetReconnectWait(options, RECONNECT_MS),
        natsOptions_SetReconnectJitter(options, RECONNECT_JITTER_MS, RECONNECT_JITTER_MS),
        natsOptions_SetReconnectBufSize(options, AWAY_BYTES),
        natsOptions_SetPingInterval(options, PING_MS),
        natsOptions_SetMaxPingsOut(options, PINGS_OUT),
        natsOptions_SetWriteDeadline(options, WRITE_MS),
        natsOptions_SetFailRequestsOnDisconnect(options, true),
        natsOptions_SetDisconnectedCB(options, on_lost, link),
        natsOptions_SetReconnectedCB(options, on_back, link),
        natsOptions_SetErrorHandler(options, on_error, NULL)};
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]) && status == NATS_OK; i++) {
        status = rest[i];
    }
    return status;
}

static natsStatus set_servers(natsOptions *options, const struct stream_address *address)
{
    const char *servers[STREAM_SERVERS_MAX];
    for (size_t i = 0; i < address->server_count; i++) {
        servers[i] = address->servers[i];
    }
    return natsOptions_SetServers(options, servers, (int) address->server_count);
}

static bool set_tls(natsOptions *options, const struct stream_address *address,
                    const struct stream_options *how, struct fail *fail)
{
    natsStatus status = NATS_OK;
    const char *member = "tls";
    if (address->tls) {
        status = natsOptions_SetSecure(options, true);
    }
    if (status == NATS_OK && how->ca != NULL) {
        member = how->ca;
        status = natsOptions_LoadCATrustedCertificates(options, how->ca);
    }
    if (status == NATS_OK && how->certificate != NULL) {
        member = how->certificate;
        status = natsOptions_LoadCertificatesChain(options, how->certificate, how->key);
    }
    return status == NATS_OK ||
           fail_set(fail, EXIT_USAGE, "nats: %s: %s", member, stream_reason(status));
}

/* Reads what SRC names as text for the library, which copies it. */
static bool read_credential(const char *member, const char *src, struct buf *out, struct fail *fail)
{
    struct fail inner = {0};
    if (!secret_read(src, CREDENTIAL_MAX, out, &inner)) {
        return fail_set(fail, (enum exit_code) inner.exit_code, "nats.%s: %s", member, inner.text);
    }
    return memchr(out->ptr, '\0', out->len) == NULL ||
           fail_set(fail, EXIT_USAGE, "nats.%s: holds a NUL byte", member);
}

static bool set_credentials(natsOptions *options, const struct stream_options *how,
                            struct fail *fail)
{
    natsStatus status = NATS_OK;
    const char *src = how->user != NULL ? how->password : how->token;
    struct buf secret;
    buf_init(&secret, 0);
    if (how->credentials != NULL) {
        status = natsOptions_SetUserCredentialsFromFiles(options, how->credentials, NULL);
    } else if (src != NULL) {
        if (!read_credential(how->user != NULL ? "password" : "token", src, &secret, fail)) {
            buf_wipe(&secret);
            return false;
        }
        status = how->user != NULL ? natsOptions_SetUserInfo(options, how->user, secret.ptr)
                                   : natsOptions_SetToken(options, secret.ptr);
    }
    buf_wipe(&secret);
    return status == NATS_OK ||
           fail_set(fail, EXIT_USAGE, "nats: credentials: %s", stream_reason(status));
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool connect_link(struct stream_link *link, const struct stream_address *address,
                         struct fail *fail)
{
    jsOptions js;
    natsStatus status = jsOptions_Init(&js);
    js.Wait = STREAM_ANSWER_MS;
    if (status == NATS_OK) {
        status = natsConnection_Connect(&link->connection, link->options);
    }
    if (status == NATS_OK) {
        status = natsConnection_JetStream(&link->js, link->connection, &js);
    }
    if (status != NATS_OK) {
        return fail_set(fail, EXIT_UNKNOWN, "can't connect to %s%s: %s", address->servers[0],
                        address->server_count > 1 ? " or the others" : "", stream_reason(status));
    }
    (void) pthread_mutex_lock(&link->lock);
    link->up = true;
    (void) pthread_mutex_unlock(&link->lock);
    return true;
}

bool stream_link_open(struct stream_link *link, const struct stream_address *address,
                      const struct stream_options *options, struct log *log, struct fail *fail)
{
    link->log = log;
    memcpy(link->name, address->name, sizeof(link->name));
    (void) pthread_mutex_init(&link->lock, NULL);
    link->opened = true;
    natsStatus status = natsOptions_Create(&link->options);
    if (status == NATS_OK) {
        status = set_behaviour(link->options, link);
    }
    if (status == NATS_OK) {
        status = set_servers(link->options, address);
    }
    if (status != NATS_OK) {
        return fail_set(fail, EXIT_UNKNOWN, "nats: %s", stream_reason(status));
    }
    return set_tls(link->options, address, options, fail) &&
           set_credentials(link->options, options, fail) && connect_link(link, address, fail);
}

void stream_link_close(struct stream_link *link)
{
    if (!link->opened) {
        return;
    }
    (void) pthread_mutex_lock(&link->lock);
    link->closing = true;
    (void) pthread_mutex_unlock(&link->lock);
    jsCtx_Destroy(link->js);
    natsConnection_Destroy(link->connection);
    natsOptions_Destroy(link->options);
    (void) nats_CloseAndWait(CLOSE_MS);
    (void) pthread_mutex_destroy(&link->lock);
    link->opened = false;
}
