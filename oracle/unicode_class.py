#!/usr/bin/env python3
"""Writes src/text/unicode_table.c: ranges of letters (general category L*), numbers (N*) and white
space (the White_Space property), which pre-tokenizers split text by.

    python3 oracle/unicode_class.py > src/text/unicode_table.c

Wants the PyPI package unicodedata2 at version 16.0.0, the character database that Hugging Face tokenizers
0.23 (the oracle of tests/data/text) agrees with code point by code point.
"""
import sys

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


def main():
    rows = [f"{{0x{first:04X}, 0x{last:04X}, {kind}}}," for first, last, kind in ranges()]
    print("/* unicode_table.c - written by oracle/unicode_class.py from Unicode "
          f"{unicodedata.unidata_version}; do not edit. */")
    print('#include "text/unicode.h"\n')
    print("/* clang-format off */")
    print("const rg_unicode_range rg_unicode_ranges[] = {")
    for at in range(0, len(rows), 2):
        print("    " + " ".join(rows[at:at + 2]))
    print("};")
    print("/* clang-format on */\n")
    print(f"const size_t rg_unicode_range_count = {len(rows)};")
    print(f"{len(rows)} ranges", file=sys.stderr)


main()
