#!/usr/bin/env python3
"""count.py TESTLOG.json: adds up what the programs of one `meson test` run counted, as "N passed, N failed".

Meson counts programs; a cmocka program holds many tests and says so in its summary, and the folder runners
close with the line that this script prints itself. A program that says neither counts as one test.
"""
import json
import re
import sys

CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED)[^\]]*\] (\d+) test\(s\)", re.M)
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def count(program):
    """[passed, failed, skipped] of one program, by one line of Meson's log."""
    if program["result"] == "SKIP":
        return [0, 0, 1]
    counts = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    text = (program.get("stdout") or "") + "\n" + (program.get("stderr") or "")
    for word, number in CMOCKA.findall(text):
        counts[word] += int(number)
    for passed, failed, skipped in CLOSING.findall(text):
        counts["PASSED"] += int(passed)
        counts["FAILED"] += int(failed)
        counts["SKIPPED"] += int(skipped or 0)
    is_good = program["result"] in ("OK", "EXPECTEDFAIL")
    if not is_good and counts["FAILED"] == 0:  # it crashed, or a sanitizer ended it
        counts["FAILED"] = 1
    if is_good and sum(counts.values()) == 0:
        counts["PASSED"] = 1
    return [counts["PASSED"], counts["FAILED"], counts["SKIPPED"]]


def main():
    total = [0, 0, 0]
    try:
        with open(sys.argv[1], encoding="utf-8") as log:
            for line in log:
                total = [a + b for a, b in zip(total, count(json.loads(line)))]
    except FileNotFoundError:
        pass  # Meson writes no log when it had no test to run
    closing = f"{total[0]} passed, {total[1]} failed"
    print(closing + (f", {total[2]} skipped" if total[2] else ""))


main()
