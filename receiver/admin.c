/* SPDX-License-Identifier: MIT
 *
 * See admin.h.
 */
#include "receiver/admin.h"

#include <stdio.h>
#include <string.h>

#include "receiver/http.h"
#include "receiver/metrics.h"

#define CONNECTIONS 16U
#define IDLE_S 10U

static const char text_type[] = "text/plain";

static enum MHD_Result answer(struct MHD_Connection *connection, int status, const char *text)
{
    struct MHD_Response *response = response_new(hg_text(text), text_type, true);
    if (response != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return http_answer_once(connection, status, response);
}

/* The process runs, or this would not be answered: restarting it would mend nothing. */
static enum MHD_Result healthz(const struct admin *admin, struct MHD_Connection *connection)
{
    (void) admin;
    return answer(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result readyz(const struct admin *admin, struct MHD_Connection *connection)
{
    char text[64];
    const char *why = admin->unready(admin->context);
    (void) snprintf(text, sizeof(text), "%s\n", why != NULL ? why : "ok");
    return answer(connection, why != NULL ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, text);
}

static enum MHD_Result metrics(const struct admin *admin, struct MHD_Connection *connection)
{
    struct buf text;
    buf_init(&text, METRICS_TEXT_MAX);
    admin->metrics(admin->context, &text);
    enum MHD_Result result =
        text.failed ? answer(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n")
                    : http_answer_once(connection, MHD_HTTP_OK,
                                       response_new(buf_str(&text), METRICS_TYPE, true));
    buf_free(&text);
    return result;
}

static enum MHD_Result on_admin(void *context, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **request)
{
    static const struct {
        const char *path;
        enum MHD_Result (*show)(const struct admin *admin, struct MHD_Connection *connection);
    } pages[] = {{"/healthz", healthz}, {"/readyz", readyz}, {"/metrics", metrics}};
    (void) version;
    (void) data;
    (void) size;
    (void) request;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(url, pages[i].path) != 0) {
            continue;
        }
        return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0
                   ? pages[i].show(context, connection)
                   : answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
    }
    return answer(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

/* A thread is woken through a descriptor of its own: without one the library would wake it by
 * shutting down the listening socket, which the service manager may have open as well. */
struct MHD_Daemon *admin_start(const struct admin *admin, int listen_fd, bool own_thread)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG |
                     (own_thread ? MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC : 0U);
    return MHD_start_daemon(flags, 0, NULL, NULL, on_admin, (void *) (uintptr_t) admin,
                            MHD_OPTION_EXTERNAL_LOGGER, http_message, admin->log,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
                            CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                            MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_END);
}
