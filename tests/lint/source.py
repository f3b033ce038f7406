"""C source as the lint checks see it: files, their includes, their code without comments, their functions."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def c_files(*folders):
    """The .c and .h files below these folders of the project, sorted."""
    return sorted(p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in (".c", ".h"))


def name(path):
    return str(path.relative_to(ROOT))


def includes(path):
    """[(line number, '<' or '"', what is included)]"""
    found = ((n, INCLUDE.match(line)) for n, line in enumerate(path.read_text().split("\n"), 1))
    return [(n, match[1], match[2]) for n, match in found if match]


def code(path):
    """The text with comments and the insides of strings blanked; lines stay where they are."""

    def blank(match):
        text = match[0]
        return '""' if text[0] == '"' else "' '" if text[0] == "'" else "\n" * text.count("\n")

    return COMMENT_OR_STRING.sub(blank, path.read_text())


def comment_share(path):
    """Lines that are part of a comment, and all lines."""
    text = path.read_text()
    comments = [m[0] for m in COMMENT_OR_STRING.finditer(text) if m[0][:2] in ("/*", "//")]
    return sum(1 + c.count("\n") for c in comments), text.count("\n")


def functions(path):
    """[(length in lines, first line, name)] of the functions whose body ends on a line of its own.

    It relies on the format that clang-format holds: a definition starts, and its closing brace stands, in
    the first column.
    """
    found, start = [], None
    for n, line in enumerate(code(path).split("\n"), 1):
        if re.match(r"[A-Za-z_]", line) and "(" in line and not line.endswith(";"):
            start = n, line  # the signature may go on for some lines
        elif re.match(r"[A-Za-z_].*=\s*{$", line):
            start = None  # a table
        elif line == "}" and start:
            match = re.search(r"(\w+)\s*\(", start[1])
            found.append((n - start[0] + 1, start[0], match[1]))
            start = None
    return found
