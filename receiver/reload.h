/* SPDX-License-Identifier: MIT
 *
 * Making the configuration anew while the receiver runs, all or nothing.
 *
 * Either the whole new configuration is in force, or the whole old one: what is wrong with the new
 * one, or can't be changed without a restart, refuses all of it. So what runs is always what one
 * file said at one time.
 */
#ifndef RECEIVER_RELOAD_H
#define RECEIVER_RELOAD_H

#include "receiver/edition.h"
#include "receiver/source.h"

/* Makes a configuration; again: out of the text of that one, so that only its secrets are read
 * anew; NULL: from the start. *config has its defaults and is released when it fails. */
typedef bool (*reload_make)(void *context, const struct config *again, struct config *config,
                            struct fail *fail);

struct reload;

/* Makes the first configuration. context is borrowed. NULL with *fail filled. */
struct reload *reload_open(reload_make make, void *context, struct fail *fail);
void reload_close(struct reload *reload); /* NULL is allowed */

/* The one in force. */
struct edition *reload_edition(const struct reload *reload);

/* Makes it anew: whole, or its secrets alone. false with *fail filled: the old one stays. */
bool reload_all(struct reload *reload, struct fail *fail);
bool reload_secrets(struct reload *reload, struct fail *fail);

/* Whether the file of a secret has changed; looks at most every SOURCES_LOOK_MS. */
bool reload_due(struct reload *reload, int64_t now_ms);

/* The milliseconds until the next look; -1: there is nothing to look at. */
int64_t reload_left_ms(const struct reload *reload, int64_t now_ms);

/* Whether the configuration can go from one document to another without a restart; EXIT_USAGE names
 * the member that can't. file is what messages call it. */
bool reload_allowed(const cJSON *from, const cJSON *to, const char *file, struct fail *fail);

#endif
