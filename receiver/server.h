/* SPDX-License-Identifier: MIT
 *
 * The receiver: listeners, store and the loop that drives them.
 */
#ifndef RECEIVER_SERVER_H
#define RECEIVER_SERVER_H

#include "receiver/config.h"

struct reload;
struct server;

/* Opens the listeners, becomes the user that is configured, opens the store; connections are taken
 * from then on, and answered once server_run is called. Must be called while there is one thread.
 * SIGTERM, SIGINT and SIGHUP are blocked from here on, in all threads: server_run reads them.
 * config and log are borrowed. NULL with *fail filled. */
struct server *server_open(const struct config *config, struct log *log, struct fail *fail);

/* The bound addresses, "http://127.0.0.1:8080" or "unix:/run/hookgauge.sock"; NULL past the last.
 */
const char *server_listen_url(const struct server *server, size_t index);
const char *server_admin_url(const struct server *server);

/* What the user should be told about the store; NULL: nothing. */
const char *server_notice(const struct server *server);

/* Whether it runs as root although nobody said so: nothing here needs that once it listens. */
bool server_as_root(const struct server *server);

/* Lets SIGHUP and changed files of secrets renew the configuration that the server was opened with,
 * which is that of reload. reload is borrowed. */
void server_renew_from(struct server *server, struct reload *reload);

/* Serves until SIGTERM or SIGINT, then drains: accepts nothing more, answers every request that
 * has begun (for at most SERVER_DRAIN_S; a second signal ends that) and returns. */
bool server_run(struct server *server, struct fail *fail);

void server_close(struct server *server); /* NULL is allowed */

#define SERVER_DRAIN_S 10 /* seconds: process managers commonly kill after 10 to 90 */

#endif
