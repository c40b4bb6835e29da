/* SPDX-License-Identifier: MIT
 *
 * The plan of the family "framing": what the tables of its files share.
 */
#ifndef HARNESS_PLAN_FRAMING_H
#define HARNESS_PLAN_FRAMING_H

#include "harness/plan.h"

/* Twins of one ordinary message, whose body has 26 bytes: 1a in hex. */
extern const struct plan_twin plan_framing_lengths[]; /* Content-Length, and none */
extern const struct plan_twin plan_framing_chunks[];
extern const struct plan_twin plan_framing_heads[];

#define FRAME                                                                                      \
    {                                                                                              \
        .op = EDIT_FRAME                                                                           \
    }
#define CHUNKS(of_count)                                                                           \
    {                                                                                              \
        .op = EDIT_FRAME_CHUNKS, .count = (of_count)                                               \
    }
#define WITH(literal) .with = TEXT(literal)
#define SWAP(of_text, of_with)                                                                     \
    {                                                                                              \
        .op = EDIT_SWAP, SAYS(of_text), WITH(of_with)                                              \
    }
#define SWAP_BYTE(of_text, of_byte)                                                                \
    {                                                                                              \
        .op = EDIT_SWAP_BYTE, SAYS(of_text), .byte = (of_byte)                                     \
    }
#define PAUSE(of_text)                                                                             \
    {                                                                                              \
        .op = EDIT_PAUSE, SAYS(of_text)                                                            \
    }
#define DRIP(of_count)                                                                             \
    {                                                                                              \
        .op = EDIT_DRIP, .count = (of_count)                                                       \
    }
#define STOP(of_count)                                                                             \
    {                                                                                              \
        .op = EDIT_STOP, .count = (of_count)                                                       \
    }
#define CLOSE                                                                                      \
    {                                                                                              \
        .op = EDIT_CLOSE                                                                           \
    }
#define LENGTH_OFF(by)                                                                             \
    {                                                                                              \
        .op = EDIT_SHIFT_LENGTH, .at = (by)                                                        \
    }

/* A row: name, flag, status, section, note, edits. */
#define RULE(of_name, of_flag, of_status, of_spec, of_note, ...)                                   \
    {                                                                                              \
        .name = (of_name), .flags = {of_flag}, .status = (of_status), .spec = "RFC " of_spec,      \
        .note = (of_note), .needs_http = true, .edits = {                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define ADVICE(of_name, of_flag, of_status, of_spec, of_note, ...)                                 \
    {                                                                                              \
        .name = (of_name), .flags = {of_flag}, .status = (of_status), .spec = "RFC " of_spec,      \
        .note = (of_note), .should = true, .needs_http = true, .edits = {                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* A row whose message may be refused, too. */
#define EITHER(of_name, of_flag, of_spec, of_note, ...)                                            \
    {                                                                                              \
        .name = (of_name), .flags = {of_flag}, .status = HG_OK, .spec = "RFC " of_spec,            \
        .note = (of_note), .should = true, .either = true, .needs_http = true, .edits = {          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#define CODING "Transfer-Encoding: chunked\r\n"
#define LENGTH "Content-Length: "

#endif
