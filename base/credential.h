/* SPDX-License-Identifier: MIT
 *
 * Files that the service manager hands over: systemd's LoadCredential= and SetCredentialEncrypted=
 * put them into a folder that only this service can read, and CREDENTIALS_DIRECTORY names it.
 */
#ifndef BASE_CREDENTIAL_H
#define BASE_CREDENTIAL_H

#include "base/buf.h"
#include "base/fail.h"

#define CREDENTIAL_FORM "credential:"

/* Whether text is "credential:NAME". */
bool credential_is(const char *text);

/* EXIT_USAGE when the name of "credential:NAME" is empty, has a slash or begins with a dot. */
bool credential_check(const char *text, struct fail *fail);

/* The file of "credential:NAME". EXIT_USAGE for a name that credential_check refuses, or when no
 * folder was handed over. *path is initialised here; free it with buf_free. */
bool credential_path(const char *text, struct buf *path, struct fail *fail);

#endif
