/* SPDX-License-Identifier: MIT
 *
 * Undoing gzip and deflate: the only file that names zlib.
 */
#include "cli/inflate.h"

#include <limits.h>
#include <zlib.h>

enum {
    STEP = 65536,        /* bytes inflated at a time */
    ANY_HEADER = 15 + 32 /* zlib's largest window, and either of its two headers */
};

bool inflate_fits(hg_str text)
{
    const unsigned char *c = (const unsigned char *) text.ptr;
    bool gzip = text.len > 18 && c[0] == 0x1f && c[1] == 0x8b;
    bool zlib = text.len > 6 && (c[0] & 0x0f) == 8 && (c[0] * 256 + c[1]) % 31 == 0;
    return gzip || zlib;
}

/* Inflates until the data end; false when they do not, or do not fit. */
static bool run(z_stream *stream, struct buf *out)
{
    int state = Z_OK;
    while (state == Z_OK) {
        char *room = buf_reserve(out, STEP);
        if (room == NULL) {
            return false;
        }
        stream->next_out = (unsigned char *) room;
        stream->avail_out = STEP;
        state = inflate(stream, Z_NO_FLUSH);
        buf_used(out, STEP - stream->avail_out);
    }
    return state == Z_STREAM_END;
}

bool inflate_text(hg_str text, struct buf *out)
{
    z_stream stream = {0};
    if (!inflate_fits(text) || text.len > UINT_MAX || inflateInit2(&stream, ANY_HEADER) != Z_OK) {
        return false;
    }
    stream.next_in = (unsigned char *) (uintptr_t) text.ptr; /* zlib does not write there */
    stream.avail_in = (unsigned) text.len;
    bool done = run(&stream, out);
    (void) inflateEnd(&stream);
    return done;
}
