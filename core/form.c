/* SPDX-License-Identifier: MIT
 *
 * The parameters of a form body, decoded and sorted.
 */
#include "core/form.h"

#include <stdlib.h>

#include "core/text.h"

struct parameter {
    hg_str name;
    hg_str value;
};

/* A body cut up: parameters that point into decoded. */
struct form {
    char *decoded;
    size_t count;
    struct parameter parameters[HG_FORM_MAX];
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char) (c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes a name or value to *to, which moves on; false when an escape is broken. */
static bool decode(hg_str text, char **to, hg_str *out)
{
    char *from = *to;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i] == '+' ? ' ' : text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char) (high * 16 + low);
            i += 2;
        }
        *(*to)++ = c;
    }
    *out = (hg_str){from, (size_t) (*to - from)};
    return true;
}

/* The bytes up to a mark, or all; *rest is what follows the mark. */
static hg_str cut(hg_str *rest, char mark)
{
    const char *at = rest->len > 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
    size_t len = at != NULL ? (size_t) (at - rest->ptr) : rest->len;
    hg_str taken = hgi_part(*rest, 0, len);
    *rest = at != NULL ? hgi_part(*rest, len + 1, rest->len - len - 1) : (hg_str){NULL, 0};
    return taken;
}

static hg_status read_parameters(hg_str body, struct form *form)
{
    char *to = form->decoded;
    while (body.len > 0) {
        hg_str value = cut(&body, '&');
        if (value.len == 0) {
            continue;
        }
        if (form->count == HG_FORM_MAX) {
            return HG_BAD_REQUEST;
        }
        struct parameter *parameter = &form->parameters[form->count++];
        hg_str name = cut(&value, '=');
        if (!decode(name, &to, &parameter->name) || !decode(value, &to, &parameter->value)) {
            return HG_BAD_REQUEST;
        }
    }
    return HG_OK;
}

static int order(hg_str a, hg_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int differs = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return differs != 0 ? differs : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *left, const void *right)
{
    const struct parameter *a = left;
    const struct parameter *b = right;
    int by_name = order(a->name, b->name);
    return by_name != 0 ? by_name : order(a->value, b->value);
}

static void append(char *text, size_t *len, hg_str part)
{
    if (part.len > 0) {
        memcpy(text + *len, part.ptr, part.len);
        *len += part.len;
    }
}

static void join(const struct form *form, char *text, size_t *len)
{
    const struct parameter *before = NULL;
    for (size_t i = 0; i < form->count; i++) {
        const struct parameter *parameter = &form->parameters[i];
        if (before == NULL || compare(before, parameter) != 0) {
            append(text, len, parameter->name);
            append(text, len, parameter->value);
        }
        before = parameter;
    }
}

hg_status hgi_form_text(hg_str body, char **text, size_t *len)
{
    /* decoding and joining make nothing longer; a byte more, so that nothing is asked for none */
    struct form *form = malloc(sizeof *form);
    char *room = malloc(2 * (body.len + 1));
    hg_status status = HG_NO_MEMORY;
    if (form != NULL && room != NULL && body.len < SIZE_MAX / 4) {
        form->decoded = room + body.len + 1;
        form->count = 0;
        status = read_parameters(body, form);
    }
    if (status == HG_OK) {
        qsort(form->parameters, form->count, sizeof form->parameters[0], compare);
        *len = 0;
        join(form, room, len);
        *text = room;
    } else {
        free(room);
    }
    free(form);
    return status;
}
