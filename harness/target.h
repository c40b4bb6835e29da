/* SPDX-License-Identifier: MIT
 *
 * Targets: what a run tests. Each takes the cases of a run that are not yet skipped, notes each
 * one's outcome with run_note, run_note_failed or run_note_skipped, and stops early when
 * run_stopped says so. False when the target as such can't be used; *fail then names it.
 */
#ifndef HARNESS_TARGET_H
#define HARNESS_TARGET_H

#include "harness/run.h"

/* hg_verify in this process: the exact status is compared. */
bool target_lib(struct run *run, struct fail *fail);

/* Processes of the user's program, which get a line of JSON a case on standard input,
 *
 *   {"id":"order-oncreate","scheme":"webinone","secret":"…","now":1767225600,"request":{…}}
 *
 * ("secrets":[{"label","secret","not_after"}] where a group has several), and answer a line each
 * on standard output, in any order, flushed:
 *
 *   {"id":"order-oncreate","accept":true,"status":"ok"}
 *
 * status may be left out; then only accept is compared. Standard error is the user's own. */
bool target_cmd(struct run *run, const char *program, struct fail *fail);

/* A live receiver: every case is made anew for the present time. */
bool target_http(struct run *run, const char *url, struct fail *fail);

#endif
