#!/usr/bin/env python3
"""Writes src/text/unicode_table.c: ranges of letters (general category L*), numbers (N*) and white
space (the White_Space property), which pre-tokenizers split text by; and ranges of lower-case mappings.

    python3 oracle/unicode_class.py > src/text/unicode_table.c

Wants the PyPI package unicodedata2 at version 16.0.0, the character database that Hugging Face tokenizers
0.23 (the oracle of tests/data/text) agrees with code point by code point.
"""
import sys
import unicodedata as python_unicode

import unicodedata2 as unicodedata

# PropList.txt, White_Space=yes: closed by a stability policy to rare additions; Python's isspace() differs
# (it takes the information separators U+001C..1F for spaces).
WHITE_SPACE = set([*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                   0x202F, 0x205F, 0x3000])


def unicode_class(code_point):
    if code_point in WHITE_SPACE:
        return "RG_UNICODE_SPACE"
    category = unicodedata.category(chr(code_point))
    return {"L": "RG_UNICODE_LETTER", "N": "RG_UNICODE_NUMBER"}.get(category[0])


def ranges():
    first, kind = 0, None
    for code_point in range(0x110001):
        now = unicode_class(code_point) if code_point < 0x110000 else None
        if now != kind:
            if kind:
                yield first, code_point - 1, kind
            first, kind = code_point, now


def case_ranges():
    """[first, last, step, delta]: every step-th character from first on has its lower case delta further."""
    rows = []
    for code_point in range(0x110000):
        lower = chr(code_point).lower()
        if 0xD800 <= code_point <= 0xDFFF or len(lower) != 1 or ord(lower) == code_point:
            continue
        delta, row = ord(lower) - code_point, rows[-1] if rows else None
        if row and row[3] == delta and code_point - row[1] <= 2 and row[2] in (0, code_point - row[1]):
            row[1:3] = code_point, code_point - row[1]
        else:
            rows.append([code_point, code_point, 0, delta])
    return [(first, last, step or 1, delta) for first, last, step, delta in rows]


def print_table(declaration, rows, a_line):
    print(f"const {declaration} = {{")
    for at in range(0, len(rows), a_line):
        print("    " + " ".join(rows[at:at + a_line]))
    print("};")


def main():
    classes = [f"{{0x{first:04X}, 0x{last:04X}, {kind}}}," for first, last, kind in ranges()]
    cases = [f"{{0x{first:04X}, 0x{last:04X}, {step}, {delta}}}," for first, last, step, delta in case_ranges()]
    print("/* unicode_table.c - written by oracle/unicode_class.py: classes from Unicode "
          f"{unicodedata.unidata_version}, case from")
    print(f" * Python's str.lower, Unicode {python_unicode.unidata_version}; do not edit. */")
    print('#include "text/unicode.h"\n')
    print("/* clang-format off */")
    print_table("rg_unicode_range rg_unicode_ranges[]", classes, 2)
    print()
    print_table("rg_unicode_case rg_unicode_cases[]", cases, 3)
    print("/* clang-format on */\n")
    print(f"const size_t rg_unicode_range_count = {len(classes)};")
    print(f"const size_t rg_unicode_case_count = {len(cases)};")
    print(f"{len(classes)} classes, {len(cases)} cases", file=sys.stderr)


main()
