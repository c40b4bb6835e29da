/* SPDX-License-Identifier: MIT
 *
 * Whose the built-in schemes are.
 */
#ifndef BASE_PROVIDERS_H
#define BASE_PROVIDERS_H

/* The providers that sign by a built-in scheme, with commas between; NULL when it is none. */
const char *scheme_providers(const char *scheme);

#endif
