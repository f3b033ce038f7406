#!/usr/bin/env python3
"""coverage.py BUILD: lines and branches of src that the tests of a coverage build ran, by folder.

Reads what gcov knows about BUILD (meson setup -Db_coverage=true, after meson test). Closes with one test a
folder of WANTED: what reads files from strangers must have been exercised, error paths included.
"""
import collections
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Folder of src -> least share of lines and of branches, in percent.
WANTED = {"base": (95, 90), "io": (95, 90), "image": (95, 90), "text": (95, 90), "eval": (95, 90)}


def gcov_files(build):
    """Every source file's record, of every object of the library."""
    counts = [str(p.resolve()) for p in Path(build).rglob("*.gcda") if "librgpt" in str(p)]
    for path in counts:
        run = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", path],
                             capture_output=True, text=True, check=True, cwd=build)
        for line in filter(None, run.stdout.split("\n")):
            yield from json.loads(line)["files"]


def collect(build):
    """{file of src: {line: [times, branches, branches taken]}}, added up over objects (headers, variants)."""
    files = collections.defaultdict(dict)
    for record in gcov_files(build):
        path = (Path(build) / record["file"]).resolve()
        if not path.is_relative_to(ROOT / "src"):
            continue
        lines = files[str(path.relative_to(ROOT / "src"))]
        for line in record["lines"]:
            seen = lines.setdefault(line["line_number"], [0, []])
            seen[0] += line["count"]
            taken = [branch["count"] for branch in line["branches"]]
            if len(taken) == len(seen[1]):
                seen[1] = [a + b for a, b in zip(taken, seen[1])]
            elif len(taken) > len(seen[1]):
                seen[1] = taken
    return files


def share(files):
    """Percent of lines and of branches, and the lines never run as {file: [line]}."""
    lines = [entry for file in files.values() for entry in file.values()]
    branches = [taken for _, branch in lines for taken in branch]
    return (100 * sum(times > 0 for times, _ in lines) / max(1, len(lines)),
            100 * sum(taken > 0 for taken in branches) / max(1, len(branches)))


def main():
    files = collect(sys.argv[1])
    folders = collections.defaultdict(dict)
    for name, lines in files.items():
        folders[name.split("/")[0]][name] = lines
    passed = failed = 0
    for folder in sorted(folders):
        print(f"{folder:44s} {'lines %5.1f %%  branches %5.1f %%' % share(folders[folder])}")
        for name in sorted(folders[folder]):
            missed = sorted(n for n, (times, _) in folders[folder][name].items() if times == 0)
            figures = "lines %5.1f %%  branches %5.1f %%" % share({name: folders[folder][name]})
            print(f"  {name:42s} {figures}  {' '.join(map(str, missed[:20]))}{' ...' if len(missed) > 20 else ''}")
        if folder in WANTED:
            is_enough = all(found >= wanted for found, wanted in zip(share(folders[folder]), WANTED[folder]))
            passed += is_enough
            failed += not is_enough
            if not is_enough:
                print(f"FAIL {folder}: wanted lines {WANTED[folder][0]} %, branches {WANTED[folder][1]} %")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
