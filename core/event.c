/* SPDX-License-Identifier: MIT
 *
 * The catalogue of item types and actions, and patterns over event names.
 */
#include "core/event.h"

#include "core/scheme.h"
#include "core/text.h"

/* The vendor's table as of 7.7.6, in its order. The objects are the table's last column. */
static const hg_item_type types[HG_ITEM_TYPES] = {
    {"BookingSubscription", "Booking Subscription", {"ModuleItem", "Form"}},
    {"Comment", "Comment", {"Module"}},
    {"ContactSecureZone", "Contact Secure Zone", {NULL}},
    {"CustomWorkflow", "Custom Workflow", {"CustomWorkflow"}},
    {"DiscountCode", "Discount Code", {NULL}},
    {"FormSubmission", "Form Submission", {"Form"}},
    {"GiftVoucher", "Gift Voucher", {NULL}},
    {"Member", "Member", {NULL}}, /* this and the next row: the table's text can be read two ways */
    {"Module", "Module", {"Module"}},
    {"ModuleAdvancedOptionsModel", "Module Advanced Options Model", {"Module"}},
    {"ModuleSiteUserPermission", "Module Site User Permission", {"Module"}},
    {"ModulePropertySections", "Module Property Sections", {"Module"}},
    {"ModuleItem", "Module Item", {"Module"}},
    {"ModuleItemAttribute", "Module Item Attribute", {"Module"}},
    {"ModuleItemAttributeOption", "Module Item Attribute Option", {"Module"}},
    {"ModuleItemGroupedItem", "Module Item Grouped Item", {"Module"}},
    {"ModuleItemInventory", "Module Item Inventory", {"Module"}},
    {"ModuleItemInventoryProduct", "Module Item Inventory Product", {"Module"}},
    {"ModuleItemParentItem", "Module Item Parent Item", {"Module"}},
    {"ModuleItemPrice", "Module Item Price", {"Module"}},
    {"ModuleItemRelatedItem", "Module Item Related Item", {"Module"}},
    {"ModuleLayout", "Module Layout", {"Module"}},
    {"Order", "Order", {"Form"}},
    {"OrderPayment", "Order Payment", {NULL}},
    {"RecurringSubscription", "Recurring Subscription", {NULL}},
    {"ShippingOption", "Shipping Option", {NULL}},
    {"SendSystemEmail", "Send System Email", {"SystemEvent"}},
    {"Tax", "Tax", {NULL}},
    {"ContentTemplate", "Content Template", {NULL}},
};

static const char *const actions[HG_ACTIONS] = {"OnCreate", "OnUpdate", "OnDelete", "OnTrigger"};

const hg_item_type *hg_item_type_at(size_t index)
{
    return index < HG_ITEM_TYPES ? &types[index] : NULL;
}

const hg_item_type *hg_item_type_find(hg_str text)
{
    for (size_t i = 0; i < HG_ITEM_TYPES; i++) {
        if (hgi_same(text, hg_text(types[i].id)) || hgi_same(text, hg_text(types[i].name))) {
            return &types[i];
        }
    }
    return NULL;
}

const char *hg_action_at(size_t index)
{
    return index < HG_ACTIONS ? actions[index] : NULL;
}

/* Cuts a text at its only dot. */
static bool split(hg_str text, hg_str *left, hg_str *right)
{
    return hgi_around(text, hg_text("."), left, right);
}

/* Whether text is the same as a name, which most are not from the first letter on. */
static bool same_name(hg_str text, const char *name)
{
    return text.len > 0 && text.ptr[0] == name[0] && hgi_same(text, hg_text(name));
}

bool hg_event_parse(hg_str text, const hg_item_type **type, const char **action)
{
    hg_str left, right;
    size_t row = 0;
    size_t name = 0;
    if (!split(text, &left, &right)) {
        return false;
    }
    while (row < HG_ITEM_TYPES && !same_name(left, types[row].id)) {
        row++;
    }
    while (name < HG_ACTIONS && !same_name(right, actions[name])) {
        name++;
    }
    if (row == HG_ITEM_TYPES || name == HG_ACTIONS) {
        return false;
    }
    *type = &types[row];
    *action = actions[name];
    return true;
}

size_t hg_event_print(const hg_item_type *type, const char *action, char *out, size_t capacity)
{
    size_t left = strlen(type->id);
    size_t right = strlen(action);
    if (left + right + 2 > capacity) {
        return 0;
    }
    memcpy(out, type->id, left);
    out[left] = '.';
    memcpy(out + left + 1, action, right + 1);
    return left + 1 + right;
}

/* A pattern's part: a star or the same text. */
static bool part_matches(hg_str pattern, hg_str part)
{
    return hgi_same(pattern, hg_text("*")) || hgi_same(pattern, part);
}

bool hg_event_match(hg_str pattern, hg_str event)
{
    hg_str pattern_left, pattern_right, left, right;
    if (part_matches(pattern, event)) {
        return true;
    }
    return split(pattern, &pattern_left, &pattern_right) && split(event, &left, &right) &&
           part_matches(pattern_left, left) && part_matches(pattern_right, right);
}

static bool has_star(hg_str pattern)
{
    return pattern.len > 0 && memchr(pattern.ptr, '*', pattern.len) != NULL;
}

bool hgi_event_wanted(const hg_options *options, hg_str event)
{
    const hg_item_type *type;
    const char *action;
    if (options->events == NULL) {
        return true;
    }
    for (size_t i = 0; options->extra_events != NULL && i < options->extra_event_count; i++) {
        if (hgi_same(options->extra_events[i], event)) {
            return true;
        }
    }
    for (size_t i = 0; i < options->event_count; i++) {
        if (hg_event_match(options->events[i], event) &&
            (!has_star(options->events[i]) || !options->scheme->event_type_action ||
             hg_event_parse(event, &type, &action))) {
            return true;
        }
    }
    return false;
}
