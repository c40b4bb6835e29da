/* SPDX-License-Identifier: MIT
 *
 * The operand REQUEST of verify, explain and discover: one recorded delivery, in any of its forms.
 *
 *   FILE or -    a file or standard input that holds
 *                  a JSON capture (base/capture.h), or one line of `hookgauge inbox export`, when
 *                  its first byte that is not blank is '{';
 *                  else a raw HTTP message (base/message.h)
 *   STORE#ROW    a row of an inbox: inbox.db#12 or sqlite:inbox.db#12
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "base/capture.h"

#define REQUEST_URL_MAX ((size_t) 8192) /* bytes of --url: the longest that senders take */

/* A file's ceiling in bytes: the largest body as JSON spells it at worst (two bytes of UTF-8 as
 * six of an escape), and the head beside it. */
#define REQUEST_FILE_MAX (3 * CAPTURE_BODY_MAX + ((size_t) 1 << 20))

struct request {
    hg_request request;  /* slices into the members below */
    int64_t received_at; /* Unix seconds; 0: the form does not say */
    /* what it owns */
    struct capture capture;
    struct buf text; /* the file */
    cJSON *tree;     /* of a JSON capture */
    struct buf url;  /* the public URL */
};

/* Reads what the operand names. public_url (NULL: not given) is the URL that the sender called,
 * "https://host/path?query", and replaces the recorded one; without a path and a query it is only
 * the origin, in front of the path and query that were recorded. Mistakes name the file and the
 * line, the JSON path or the row, or --url. EXIT_USAGE for what is wrong with the operand or the
 * data, EXIT_UNKNOWN when it could not be read. *out is empty after a failure. Free it with
 * request_free. */
bool request_open(const char *operand, const char *public_url, struct request *out,
                  struct fail *fail);
void request_free(struct request *request);

/* Takes "https://host/path?query" (or http) apart; target is empty for an origin alone. False for
 * anything else: without a host, with a user, '#' or a byte that is not visible ASCII, or longer
 * than REQUEST_URL_MAX. */
bool request_url_split(hg_str url, hg_str *host, hg_str *target);

#endif
