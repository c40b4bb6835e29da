/* SPDX-License-Identifier: MIT
 *
 * How long deliveries are kept, in the JSON form.
 */
#include <string.h>

#include "receiver/config.h"

#define AGE_MAX_S INT64_C(3153600000) /* a hundred years */
#define BYTES_MIN INT64_C(1048576)    /* an empty inbox has about a tenth of it */
#define BYTES_MAX (INT64_C(1) << 50)

bool config_read_retention(const struct json *root, struct config *config, struct fail *fail)
{
    static const char *const known[] = {"max_age_s", "max_bytes", NULL};
    struct retention_rules *rules = &config->retention;
    struct json at;
    if (!json_get(root, "retention", &at)) {
        return true;
    }
    if (!json_object(&at, known, fail) ||
        !json_opt_int(&at, "max_age_s", 1, AGE_MAX_S, &rules->max_age_s, fail) ||
        !json_opt_int(&at, "max_bytes", BYTES_MIN, BYTES_MAX, &rules->max_bytes, fail)) {
        return false;
    }
    return strncmp(config->store, "sqlite:", 7) == 0 ||
           json_fail(&at, fail, "is for a store sqlite: alone");
}
