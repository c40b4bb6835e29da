/* SPDX-License-Identifier: MIT
 *
 * See credential.h.
 */
#include "base/credential.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES ((size_t) 4096) /* what Linux takes */

bool credential_is(const char *text)
{
    return strncmp(text, CREDENTIAL_FORM, strlen(CREDENTIAL_FORM)) == 0;
}

static const char *name_of(const char *text)
{
    return text + strlen(CREDENTIAL_FORM);
}

bool credential_check(const char *text, struct fail *fail)
{
    const char *name = name_of(text);
    return (name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL) ||
           fail_set(fail, EXIT_USAGE, "%s: needs a name without a slash or a leading dot", text);
}

bool credential_path(const char *text, struct buf *path, struct fail *fail)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    buf_init(path, PATH_BYTES);
    if (!credential_check(text, fail)) {
        return false;
    }
    if (folder == NULL || folder[0] != '/') {
        return fail_set(fail, EXIT_USAGE, "%s: no credentials are here (CREDENTIALS_DIRECTORY)",
                        text);
    }
    return (buf_add_text(path, folder) && buf_add_text(path, "/") &&
            buf_add_text(path, name_of(text))) ||
           fail_set(fail, EXIT_USAGE, "%s: the path is too long", text);
}
