/* SPDX-License-Identifier: MIT
 *
 * Schemes in their JSON form.
 */
#ifndef BASE_SCHEME_JSON_H
#define BASE_SCHEME_JSON_H

#include "base/buf.h"
#include "base/fail.h"
#include "base/json.h"
#include "hookgauge.h"

#define SCHEME_FILE_MAX 65536 /* bytes of a scheme file: a row has about 500 */

/* What --scheme takes: a built-in name, or a file when it has a '/' or ends in ".json". */
bool scheme_open(const char *name_or_file, hg_scheme **scheme, struct fail *fail);

/* Compiles the row at a place in a document; mistakes are named by file and JSON path. Nothing of
 * the tree is referred to afterwards. The caller frees *scheme with hg_scheme_free. */
bool scheme_from_json(const struct json *at, hg_scheme **scheme, struct fail *fail);

/* Appends the row as one line of JSON (or indented by two), members in the documented order,
 * absent ones left out, no line feed at the end; scheme_from_json reads it back to an equal row. */
bool scheme_to_json(const hg_scheme_spec *row, bool indented, struct buf *out);

#endif
