/* SPDX-License-Identifier: MIT
 *
 * The commands: one file each, one row each in the table of main.c.
 *
 * A command parses its arguments with args_parse, does its work, prints results to standard output
 * and chatter to standard error, and returns the exit code. When it fills *fail, main prints
 * "hookgauge NAME: TEXT" and returns fail->exit_code instead.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/fail.h"

int cmd_receive(int argc, char **argv, struct fail *fail);
int cmd_deliver(int argc, char **argv, struct fail *fail);
int cmd_send(int argc, char **argv, struct fail *fail);
int cmd_test(int argc, char **argv, struct fail *fail);
int cmd_explain(int argc, char **argv, struct fail *fail);
int cmd_sign(int argc, char **argv, struct fail *fail);
int cmd_verify(int argc, char **argv, struct fail *fail);
int cmd_discover(int argc, char **argv, struct fail *fail);
int cmd_inbox(int argc, char **argv, struct fail *fail);
int cmd_schemes(int argc, char **argv, struct fail *fail);
int cmd_events(int argc, char **argv, struct fail *fail);

#endif
