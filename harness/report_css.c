/* SPDX-License-Identifier: MIT
 *
 * The style sheet of the HTML page. The assembler takes the bytes from the file, as for the
 * vectors; the path is relative to the project's root, where the compiler runs.
 */
#include "harness/report_html.h"

/* clang-format off */
__asm__(".pushsection .rodata\n"
        ".hidden report_css\n"
        ".hidden report_css_end\n"
        ".global report_css\n"
        ".global report_css_end\n"
        "report_css:\n"
        ".incbin \"harness/report.css\"\n"
        "report_css_end:\n"
        ".byte 0\n"
        ".popsection\n");
/* clang-format on */
extern const char report_css[];
extern const char report_css_end[];

hg_str html_style(void)
{
    return (hg_str){report_css, (size_t) (report_css_end - report_css)};
}
