/* SPDX-License-Identifier: MIT
 *
 * Stand-ins for what reads files, descriptors and the environment, so that no fuzzed text makes the
 * configuration parsers touch the machine: linked in front of them, they take the places of those
 * in base/. A file is the fuzzer's input whatever its name; a secret is the text after "env:".
 */
#include "tests/fuzz/outside.h"

#include "base/file.h"
#include "base/secret.h"

hg_str outside_file;

bool file_read(const char *path, struct buf *out, struct fail *fail)
{
    if (strchr(path, '/') != NULL) {
        return fail_set(fail, EXIT_USAGE, "%s: there are no files here", path);
    }
    return buf_add_str(out, outside_file) || fail_set(fail, EXIT_USAGE, "%s: is too long", path);
}

bool secret_is_src(const char *text)
{
    return strncmp(text, "env:", 4) == 0;
}

bool secret_check(const char *src, struct fail *fail)
{
    return (secret_is_src(src) && src[4] != '\0') ||
           fail_set(fail, EXIT_USAGE, "a secret must be env:NAME here");
}

bool secret_read(const char *src, size_t max, struct buf *out, struct fail *fail)
{
    buf_init(out, max);
    if (!secret_check(src, fail)) {
        return false;
    }
    return buf_add_text(out, src + 4) || fail_set(fail, EXIT_USAGE, "the secret is too long");
}

bool secret_url_read(const char *text, struct buf *out, bool *typed, struct fail *fail)
{
    buf_init(out, 8192);
    *typed = !secret_is_src(text);
    return buf_add_text(out, *typed ? text : text + 4) ||
           fail_set(fail, EXIT_USAGE, "the URL is too long");
}
