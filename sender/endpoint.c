/* SPDX-License-Identifier: MIT
 *
 * Opening an endpoint: read the URL, split it, make the ring.
 */
#include "sender/endpoint.h"

#include "base/secret.h"

static bool make_ring(const struct external_url *url, const hg_scheme *scheme, hg_ring **ring,
                      struct fail *fail)
{
    hg_error error = {0};
    hg_key key = {hg_text("sk"), buf_str(&url->secret), HG_NEVER};
    hg_status status = hg_ring_new(scheme, &key, 1, ring, &error);
    if (status == HG_OK) {
        return true;
    }
    enum exit_code code = hg_status_class(status) == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE;
    return fail_set(fail, code, "the parameter sk: %s",
                    error.what[0] != '\0' ? error.what : hg_status_text(status));
}

bool endpoint_open(const char *text, const hg_scheme *scheme, bool keep_sk, struct endpoint *out,
                   struct fail *fail)
{
    struct endpoint endpoint = {0};
    struct fail inner = {0};
    struct buf url;
    bool typed = false;
    if (!secret_url_read(text, &url, &typed, fail)) {
        return false;
    }
    bool done = external_url_split(buf_str(&url), keep_sk, &endpoint.url, &inner);
    buf_wipe(&url);
    if (done && endpoint.url.is_signed) {
        done = make_ring(&endpoint.url, scheme, &endpoint.ring, &inner);
    }
    if (!done) {
        endpoint_close(&endpoint);
        return fail_set(fail, (enum exit_code) inner.exit_code, "%s%s%s", typed ? "" : text,
                        typed ? "" : ": ", inner.text);
    }
    *out = endpoint;
    return true;
}

void endpoint_close(struct endpoint *endpoint)
{
    hg_ring_free(endpoint->ring);
    endpoint->ring = NULL;
    external_url_free(&endpoint->url);
}
