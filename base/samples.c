/* SPDX-License-Identifier: MIT
 *
 * The built-in sample bodies. The assembler takes the bytes from the files, so that nobody copies
 * them by hand; paths are relative to the project's root, where the compiler runs.
 */
#include "base/samples.h"

#include <string.h>

#define SAMPLES                                                                                    \
    ROW(BookingSubscription)                                                                       \
    ROW(Comment)                                                                                   \
    ROW(ContactSecureZone)                                                                         \
    ROW(ContentTemplate)                                                                           \
    ROW(CustomWorkflow)                                                                            \
    ROW(DiscountCode)                                                                              \
    ROW(FormSubmission)                                                                            \
    ROW(GiftVoucher)                                                                               \
    ROW(Member)                                                                                    \
    ROW(Module)                                                                                    \
    ROW(ModuleAdvancedOptionsModel)                                                                \
    ROW(ModuleItem)                                                                                \
    ROW(ModuleItemAttribute)                                                                       \
    ROW(ModuleItemAttributeOption)                                                                 \
    ROW(ModuleItemGroupedItem)                                                                     \
    ROW(ModuleItemInventory)                                                                       \
    ROW(ModuleItemInventoryProduct)                                                                \
    ROW(ModuleItemParentItem)                                                                      \
    ROW(ModuleItemPrice)                                                                           \
    ROW(ModuleItemRelatedItem)                                                                     \
    ROW(ModuleLayout)                                                                              \
    ROW(ModulePropertySections)                                                                    \
    ROW(ModuleSiteUserPermission)                                                                  \
    ROW(Order)                                                                                     \
    ROW(OrderPayment)                                                                              \
    ROW(RecurringSubscription)                                                                     \
    ROW(SendSystemEmail)                                                                           \
    ROW(ShippingOption)                                                                            \
    ROW(Tax)

/* clang-format off */
#define ROW(type)                                                                                  \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden sample_" #type "\n"                                                           \
            ".hidden sample_" #type "_end\n"                                                       \
            ".global sample_" #type "\n"                                                           \
            ".global sample_" #type "_end\n"                                                       \
            "sample_" #type ":\n"                                                                  \
            ".incbin \"vectors/samples/" #type ".json\"\n"                                         \
            "sample_" #type "_end:\n"                                                              \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char sample_##type[];                                                             \
    extern const char sample_##type##_end[];
SAMPLES
#undef ROW
/* clang-format on */

struct sample {
    const char *type_id;
    const char *start;
    const char *end;
};

#define ROW(type) {#type, sample_##type, sample_##type##_end},
static const struct sample samples[] = {SAMPLES};
#undef ROW

hg_str sample_body(const char *type_id)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (strcmp(samples[i].type_id, type_id) == 0) {
            return (hg_str){samples[i].start, (size_t) (samples[i].end - samples[i].start)};
        }
    }
    return (hg_str){NULL, 0};
}
