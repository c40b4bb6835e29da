/* SPDX-License-Identifier: MIT
 *
 * hookgauge events: the catalogue.
 */
#include <stdio.h>

#include "base/args.h"
#include "cli/cli.h"
#include "hookgauge.h"

#define OBJECTS_TEXT_MAX 128 /* bytes of the objects of a type, listed: the longest has 17 */

static void print_names(void)
{
    char event[HG_VALUE_MAX];
    const hg_item_type *type;
    for (size_t i = 0; (type = hg_item_type_at(i)) != NULL; i++) {
        const char *action;
        for (size_t j = 0; (action = hg_action_at(j)) != NULL; j++) {
            if (hg_event_print(type, action, event, sizeof event) > 0) {
                puts(event);
            }
        }
    }
}

static void print_table(void)
{
    const hg_item_type *type;
    const char *action;
    printf("%-28s %-31s %s\n", "ID", "ITEM TYPE", "OBJECTS");
    for (size_t i = 0; (type = hg_item_type_at(i)) != NULL; i++) {
        char objects[OBJECTS_TEXT_MAX] = "-";
        int used = 0;
        for (size_t j = 0; type->objects[j] != NULL && used >= 0; j++) {
            size_t room = sizeof objects - (size_t) used;
            int more = snprintf(objects + used, room, "%s%s", j > 0 ? ", " : "", type->objects[j]);
            used = more < 0 || (size_t) more >= room ? -1 : used + more;
        }
        printf("%-28s %-31s %s\n", type->id, type->name, objects);
    }
    printf("\nactions:");
    for (size_t i = 0; (action = hg_action_at(i)) != NULL; i++) {
        printf(" %s", action);
    }
    printf("\nevent names: ID.ACTION (assumed: the vendor does not publish their spelling)\n");
}

/* The catalogue's words are ASCII letters and blanks: nothing in them needs escaping. */
static void print_json(void)
{
    const hg_item_type *type;
    const char *action;
    printf("{\"types\":[");
    for (size_t i = 0; (type = hg_item_type_at(i)) != NULL; i++) {
        printf("%s\n {\"id\":\"%s\",\"name\":\"%s\",\"objects\":[", i > 0 ? "," : "", type->id,
               type->name);
        for (size_t j = 0; type->objects[j] != NULL; j++) {
            printf("%s\"%s\"", j > 0 ? "," : "", type->objects[j]);
        }
        printf("]}");
    }
    printf("],\n \"actions\":[");
    for (size_t i = 0; (action = hg_action_at(i)) != NULL; i++) {
        printf("%s\"%s\"", i > 0 ? "," : "", action);
    }
    printf("],\n \"spelling\":\"assumed\"}\n");
}

int cmd_events(int argc, char **argv, struct fail *fail)
{
    bool json = false;
    bool names = false;
    bool help = false;
    const struct arg_option options[] = {
        {.name = "json", .kind = ARG_FLAG, .target = &json, .help = "the catalogue as JSON"},
        {.name = "names",
         .kind = ARG_FLAG,
         .target = &names,
         .help = "the event names, a line each"},
    };
    const struct arg_command command = {
        .synopsis = "events [--json|--names]",
        .about =
            "Prints WebinOne's item types, the objects a webhook of each can be narrowed to, and "
            "the actions.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    if (!args_parse(argc, argv, &command, &help, fail) || help) {
        return EXIT_YES;
    }
    if (json && names) {
        (void) fail_set(fail, EXIT_USAGE, "--json and --names exclude each other");
        return EXIT_USAGE;
    }
    if (names) {
        print_names();
    } else if (json) {
        print_json();
    } else {
        print_table();
    }
    return EXIT_YES;
}
