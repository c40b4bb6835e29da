/* SPDX-License-Identifier: MIT
 *
 * Judges the cases of webinone.json and github.json with nothing but libcrypto's HMAC:
 *
 *     cc reader.c -lcjson -lcrypto -o reader && ./reader < FILE
 *
 * Names each case that differs, counts them; exits with 1 if one does. Cases that need a connection
 * are left out. Longer than the readers beside it, since C has neither JSON nor lists; to be read
 * before you write your own.
 */
#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GET cJSON_GetObjectItemCaseSensitive
#define TEXT(json, name) cJSON_GetStringValue(GET(json, name))
#define FIRST(json, name) cJSON_GetArrayItem(GET(json, name), 0)
#define VALUE_MAX 256                           /* bytes of an event or an id */
#define BLANKS(form) "^[ \t]*(" form ")[ \t]*$" /* may be around a header's value */

/* Of each scheme, the signature first: all required, once, in this form. */
static const char *const headers[2][3][2] = {
    {{"x-webhook-signature", BLANKS("sha256=[0-9A-Fa-f]{64}")},
     {"x-webhook-timestamp", BLANKS("0|[1-9][0-9]{0,15}")},
     {"x-webhook-event", BLANKS("[A-Za-z0-9]+\\.[A-Za-z0-9]+")}},
    {{"x-hub-signature-256", BLANKS("sha256=[0-9A-Fa-f]{64}")},
     {"x-github-event", BLANKS("[!-~]+")},
     {"x-github-delivery", BLANKS("[!-~]+")}}};

static char file[1 << 24]; /* five times the longest; what is behind that is not read */
static char text[1 << 24]; /* a header's value, or what is signed */
static char value[3][VALUE_MAX + 1];
static size_t size; /* of text */

/* Appends a string and what one in base64 stands for; either may be absent. */
static void append(const char *plain, const char *base64)
{
    for (; plain != NULL && *plain != '\0' && size < sizeof text - 4; plain++) {
        text[size++] = *plain;
    }
    size_t length = base64 != NULL ? strlen(base64) : 0;
    for (size_t i = 0; i + 4 <= length && size < sizeof text - 4; i += 4) {
        EVP_DecodeBlock((unsigned char *) text + size, (const unsigned char *) base64 + i, 4);
        size += 3U - (base64[i + 2] == '=') - (base64[i + 3] == '=');
    }
    text[size] = '\0';
}

static bool read_header(const cJSON *request, const char *name, const char *pattern, char *to)
{
    int found = 0;
    size = 0;
    for (const cJSON *header = FIRST(request, "headers"); header; header = header->next) {
        if (strcasecmp(header->child->valuestring, name) == 0) {
            append(header->child->next->valuestring, TEXT(header->child->next, "base64"));
            found++;
        }
    }
    regex_t form;
    regmatch_t at[2] = {{0}};
    bool fits = regcomp(&form, pattern, REG_EXTENDED) == 0 && strlen(text) == size &&
                regexec(&form, text, 2, at, 0) == 0;
    int length = (int) (at[1].rm_eo - at[1].rm_so);
    snprintf(to, sizeof value[0], "%.*s", length, text + at[1].rm_so);
    regfree(&form);
    return found == 1 && fits && length <= VALUE_MAX;
}

static bool accepts(bool webinone, const char *secret, double now, const cJSON *request)
{
    for (int i = 0; i < 3; i++) {
        const char *const *want = headers[webinone ? 0 : 1][i];
        if (!read_header(request, want[0], want[1], value[i])) {
            return false;
        }
    }
    size = webinone ? (size_t) snprintf(text, sizeof text, "%s.%s.", value[1], value[2]) : 0;
    append(TEXT(request, "body"), TEXT(request, "body_base64"));
    const cJSON *repeat = GET(request, "body_repeat");
    for (int i = 0; repeat != NULL && i < GET(repeat, "count")->valueint; i++) {
        append(TEXT(repeat, "text"), NULL);
    }
    unsigned char mac[32], sent[32];
    HMAC(EVP_sha256(), secret, (int) strlen(secret), (unsigned char *) text, size, mac, NULL);
    OPENSSL_hexstr2buf_ex(sent, sizeof sent, NULL, value[0] + strlen("sha256="), '\0');
    double age = now - strtod(value[1], NULL); /* seconds, exact up to 2^53 */
    return CRYPTO_memcmp(mac, sent, sizeof mac) == 0 && (!webinone || (age <= 300 && age >= -300));
}

static bool differs(bool webinone, const cJSON *group, const cJSON *one)
{
    bool accepted = false;
    double now = GET(GET(one, "now") != NULL ? one : group, "now")->valuedouble;
    const cJSON *several = FIRST(group, "secrets"), *key = several != NULL ? several : group;
    for (; key; key = several != NULL ? key->next : NULL) {
        const cJSON *end = GET(key, "not_after");
        accepted |= (end == NULL || end->valuedouble == 0 || now <= end->valuedouble) &&
                    accepts(webinone, TEXT(key, "secret"), now, GET(one, "request"));
    }
    return accepted != (strcmp(TEXT(one, "status"), "ok") == 0);
}

int main(void)
{
    int count = 0, wrong = 0;
    file[fread(file, 1, sizeof file - 1, stdin)] = '\0';
    cJSON *all = cJSON_Parse(file);
    const char *scheme = TEXT(all, "scheme");
    bool webinone = scheme != NULL && strcmp(scheme, "webinone") == 0;
    for (const cJSON *group = FIRST(all, "groups"); group; group = group->next) {
        for (const cJSON *one = FIRST(group, "cases"); one; one = one->next) {
            bool judged = GET(one, "needs") == NULL;
            count += judged;
            if (judged && differs(webinone, group, one)) {
                wrong++;
                puts(TEXT(one, "id"));
            }
        }
    }
    cJSON_Delete(all);
    printf("%d cases, %d differ\n", count, wrong);
    return wrong > 0 || count == 0;
}
