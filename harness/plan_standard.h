/* SPDX-License-Identifier: MIT
 *
 * The plan of standard-webhooks, which is large because its official libraries disagree: what the
 * tables of its files share. Each case cites what decides it, or says why we chose as we did.
 */
#ifndef HARNESS_PLAN_STANDARD_H
#define HARNESS_PLAN_STANDARD_H

#include "harness/plan.h"

/* Twins of an ordinary message. */
extern const struct plan_twin plan_standard_window[]; /* how old it may be */
extern const struct plan_twin plan_standard_time[];   /* how a time is spelled */
extern const struct plan_twin plan_standard_list[];   /* the list of signatures */
extern const struct plan_twin plan_standard_base64[]; /* one signature */
extern const struct plan_twin plan_standard_id[];
extern const struct plan_twin plan_standard_names[]; /* of headers */
extern const struct plan_twin plan_standard_body[];

/* Deliveries with other bodies and ids. */
extern const struct plan_case plan_standard_bodies[];

/* Sections of spec/standard-webhooks.md, version 1.0.0, and of the RFCs that it stands on. The
 * oracle knows the same names and refuses any other. */
#define PAYLOAD "Payload structure"
#define METADATA "Webhook metadata"
#define SCHEME "Signature scheme"
#define HEADERS "Webhook headers (sending metadata to consumers)"
#define VERIFYING "Verifying signatures"
#define MIGRATING "Migrating to Standard Webhooks"
#define HMAC_KEYS "RFC 2104 section 3"
#define PADDING "RFC 4648 section 3.2"
#define ALPHABET "RFC 4648 section 3.3"
#define CANONICAL "RFC 4648 section 3.5"
#define URL_ALPHABET "RFC 4648 section 5"
#define FIELD_NAMES "RFC 9110 section 5.1"
#define FIELD_ORDER "RFC 9110 section 5.3"
#define FIELD_VALUES "RFC 9110 section 5.5"
#define FOLDING "RFC 9112 section 5.2"
#define CHUNKS "RFC 9112 section 7.1"
#define SILENT NULL /* the case has a note instead */

/* Notes of several files. */
#define NOT_TWICE                                                                                  \
    "No field of the scheme is a comma-separated list, so none may come twice. Which of the two "  \
    "counts is left open: we take neither."
#define CONTROL                                                                                    \
    "Refuse it, or read a blank, the RFC says. We refuse, so that no two programs read two values."
#define OTHER_CONTROL                                                                              \
    "The RFC lets a recipient keep it where it is safe. We refuse all control bytes but tab."

/* A row: name, flag, status, section, note, edits. ADVICE: nothing is lost to a stranger. */
#define RULE(of_name, of_flag, of_status, of_spec, of_note, ...)                                   \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .spec = (of_spec),         \
        .note = (of_note), .edits = {                                                              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define ADVICE(of_name, of_flag, of_status, of_spec, of_note, ...)                                 \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .spec = (of_spec),         \
        .note = (of_note), .should = true, .edits = {                                              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#define WRONG_V1 "v1," ZEROS_BASE64
#define FIVE_WRONG WRONG_V1 " " WRONG_V1 " " WRONG_V1 " " WRONG_V1 " " WRONG_V1

#endif
