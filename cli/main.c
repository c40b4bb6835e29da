/* SPDX-License-Identifier: MIT
 *
 * The command: a table of commands, one way to fail, one place that prints errors.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "hookgauge.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv, struct fail *fail);
    const char *help;
};

static const struct command commands[] = {
    {"receive", cmd_receive, "receive, verify and keep deliveries"},
    {"deliver", cmd_deliver, "hand on, from a cluster, what receivers have kept there"},
    {"send", cmd_send, "sign and send webhooks, as the vendor's settings would"},
    {"test", cmd_test, "find out what a receiver or a verify function wrongly accepts"},
    {"sign", cmd_sign, "print what signs a body: the headers, a curl command, a request"},
    {"verify", cmd_verify, "whether a recorded delivery is what it claims to be"},
    {"explain", cmd_explain, "find out why a delivery does not verify, with proof"},
    {"discover", cmd_discover, "what an unknown sender signs, from its deliveries and the secret"},
    {"inbox", cmd_inbox, "list, show and export the deliveries in a store"},
    {"schemes", cmd_schemes, "the built-in wire formats, or one of them as JSON"},
    {"events", cmd_events, "the item types and actions of WebinOne webhooks"},
};

static void print_help(FILE *out)
{
    fprintf(out,
            "hookgauge %s: signs, verifies, receives, sends and tests webhooks\n\n"
            "usage: hookgauge COMMAND [ARGUMENTS]\n\ncommands:\n",
            HG_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
    }
    fprintf(out,
            "\n\"hookgauge COMMAND --help\" tells more. Exit codes: 0 yes; 1 no (not valid, a "
            "case failed,\nnothing found); 2 wrong arguments, configuration or data; 3 could not "
            "tell (I/O, memory,\nnetwork).\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int run_command(int argc, char **argv)
{
    struct fail fail = {0};
    const struct command *command = find_command(argv[0]);
    if (command == NULL) {
        (void) fail_set(&fail, EXIT_USAGE, "unknown command '%s' (see hookgauge --help)", argv[0]);
        fprintf(stderr, "hookgauge: %s\n", fail.text);
        return fail.exit_code;
    }
    int code = command->run(argc, argv, &fail);
    if (fail.exit_code != 0) {
        fprintf(stderr, "hookgauge %s: %s\n", command->name, fail.text);
        return fail.exit_code;
    }
    return code;
}

/* "help sign" is "sign --help". */
static int run_help(int argc, char **argv)
{
    static char option[] = "--help";
    char *words[] = {argv[0], option, NULL};
    if (argc == 0) {
        print_help(stdout);
        return EXIT_YES;
    }
    return run_command(2, words);
}

static int run_words(int argc, char **argv)
{
    if (argc == 0) {
        print_help(stderr); /* nothing was done: a script must not take that for a yes */
        return EXIT_USAGE;
    }
    if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0) {
        return run_help(argc - 1, argv + 1);
    }
    if (strcmp(argv[0], "--version") == 0) {
        printf("hookgauge %s\n", HG_VERSION);
        return EXIT_YES;
    }
    return run_command(argc, argv);
}

int main(int argc, char **argv)
{
    /* A reader that goes away is a failed write, not a silent death. */
    (void) signal(SIGPIPE, SIG_IGN);
    int skip = argc > 0;
    int code = run_words(argc - skip, argv + skip);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "hookgauge: standard output could not be written\n");
        return EXIT_UNKNOWN;
    }
    return code;
}
