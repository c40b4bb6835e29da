/* SPDX-License-Identifier: MIT
 *
 * Where deliveries go and what signs them: an External URL, taken apart, and the key in it.
 */
#ifndef SENDER_ENDPOINT_H
#define SENDER_ENDPOINT_H

#include "base/fail.h"
#include "hookgauge.h"
#include "sender/external_url.h"

struct endpoint {
    struct external_url url;
    hg_ring *ring; /* NULL: deliveries are not signed */
};

/* Opens the endpoint behind text, a SRC or the URL itself. Messages name a SRC, never the URL. The
 * scheme must outlive the endpoint. Free it with endpoint_close; after a failure there is nothing
 * to free. */
bool endpoint_open(const char *text, const hg_scheme *scheme, bool keep_sk, struct endpoint *out,
                   struct fail *fail);

/* Wipes and frees; a zeroed endpoint is accepted. */
void endpoint_close(struct endpoint *endpoint);

#endif
