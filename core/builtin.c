/* SPDX-License-Identifier: MIT
 *
 * The built-in schemes as one list. The rows stand in builtin_a_l.c and builtin_m_z.c.
 */
#include "core/builtin.h"

const hg_scheme_spec *hg_scheme_builtin(size_t index)
{
    if (index < hgi_rows_a_to_l_count) {
        return &hgi_rows_a_to_l[index];
    }
    index -= hgi_rows_a_to_l_count;
    return index < hgi_rows_m_to_z_count ? &hgi_rows_m_to_z[index] : NULL;
}
