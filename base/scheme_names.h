/* SPDX-License-Identifier: MIT
 *
 * What to say of a scheme's name that is not built in.
 */
#ifndef BASE_SCHEME_NAMES_H
#define BASE_SCHEME_NAMES_H

#include "base/fail.h"

/* Why the provider of that name has no row; NULL when it is not one of those. */
const char *scheme_absent(const char *name);

/* Always false: fills *fail with why the provider has no row, or with the nearest names. */
bool scheme_unknown(const char *name, struct fail *fail);

#endif
