/* SPDX-License-Identifier: MIT
 *
 * The catalogue and the patterns over it; statuses by name.
 */
#include "check.h"

static void the_catalogue_is_complete(void **state)
{
    (void) state;
    size_t count = 0;
    for (size_t t = 0; hg_item_type_at(t) != NULL; t++) {
        const hg_item_type *type = hg_item_type_at(t);
        assert_ptr_equal(hg_item_type_find(hg_text(type->id)), type);
        assert_ptr_equal(hg_item_type_find(hg_text(type->name)), type);
        for (size_t a = 0; hg_action_at(a) != NULL; a++) {
            char text[HG_VALUE_MAX];
            const hg_item_type *back;
            const char *action;
            size_t len = hg_event_print(type, hg_action_at(a), text, sizeof text);
            assert_true(hg_event_parse((hg_str){text, len}, &back, &action));
            assert_ptr_equal(back, type);
            assert_string_equal(action, hg_action_at(a));
            assert_int_equal(hg_event_print(type, action, text, len), 0);
            count++;
        }
    }
    assert_int_equal(count, 29 * 4);
}

static void refuses_what_it_lacks(void **state)
{
    (void) state;
    static const char *const texts[] = {"",
                                        "Order",
                                        "Order.",
                                        ".OnCreate",
                                        "Order.OnCreate.",
                                        "Order.oncreate",
                                        "order.OnCreate",
                                        "Order OnCreate",
                                        "Order.OnCreateX",
                                        "Widget.OnCreate",
                                        "Module Item.OnCreate",
                                        "*.OnCreate"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        const hg_item_type *type;
        const char *action;
        assert_false(hg_event_parse(hg_text(texts[i]), &type, &action));
    }
    assert_null(hg_item_type_find(S("Order\0")));
}

static void patterns(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *event;
        bool fits;
    } rows[] = {
        {"*", "Order.OnCreate", true},
        {"*", "push", true},
        {"Order.*", "Order.OnCreate", true},
        {"Order.*", "OrderPayment.OnCreate", false},
        {"*.OnDelete", "Tax.OnDelete", true},
        {"*.OnDelete", "Tax.OnCreate", false},
        {"*.*", "Tax.OnCreate", true},
        {"*.*", "push", false},
        {"Order.OnCreate", "Order.OnCreate", true},
        {"Order.OnCreate", "Order.OnCreate2", false},
        {"Ord*", "Order.OnCreate", false},
        {"Order.On*", "Order.OnCreate", false},
        {"**", "Order.OnCreate", false},
        {"", "Order.OnCreate", false},
        {"Order.*", "Order.a.b", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        HOLDS(hg_event_match(hg_text(rows[i].what), hg_text(rows[i].event)) == rows[i].fits, i);
    }
}

static void statuses_have_names_and_classes(void **state)
{
    (void) state;
    size_t named = 0;
    for (int s = 1; s <= HG_STORE_DOWN; s++) {
        hg_status status = (hg_status) s;
        assert_int_equal(hg_status_find(hg_text(hg_status_name(status))), status);
        assert_true(hg_status_class(status) >= HG_CLASS_OK);
        assert_true(strlen(hg_status_text(status)) > 10);
        assert_int_equal(hg_status_http(status) == 200, status == HG_OK);
        named++;
    }
    assert_int_equal(named, 22);
    assert_int_equal(hg_status_http(HG_MISMATCH), hg_status_http(HG_TOO_OLD));
    assert_int_equal(hg_status_http(HG_TOO_LARGE), 413);
    assert_int_equal(hg_status_class((hg_status) 0), HG_CLASS_MISUSE);
    assert_string_equal(hg_status_name((hg_status) 99), "unknown");
    assert_int_equal(hg_status_find(S("unknown")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalogue_is_complete),
        cmocka_unit_test(refuses_what_it_lacks),
        cmocka_unit_test(patterns),
        cmocka_unit_test(statuses_have_names_and_classes),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
