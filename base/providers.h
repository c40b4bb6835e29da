/* SPDX-License-Identifier: MIT
 *
 * Whose the built-in schemes are.
 */
#ifndef BASE_PROVIDERS_H
#define BASE_PROVIDERS_H

struct provider {
    const char *scheme;
    const char *names; /* with commas between */
    const char *note;  /* what to mind, such as what the secret is; NULL: nothing */
};

/* The providers that sign by a built-in scheme; NULL when it is none. */
const struct provider *provider_of(const char *scheme);

#endif
