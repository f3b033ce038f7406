#!/usr/bin/env python3
"""run.py [CHECK...]: what the compiler does not hold us to. Each check is one test; doc/testing.md lists them.

A check is a function that returns its complaints, one line each; its docstring's first line is its name in
the output. An exception to a check is a row in EXCEPTIONS, with the reason.
"""
import re
import subprocess
import sys

from source import ROOT, c_files, code, comment_share, functions, includes, name

LONGEST_FUNCTION = 80  # lines; a habit of 60
LONGEST_FILE = 600
CODE = ("src", "include", "tools")
EVERYTHING = CODE + ("tests", "bench", "examples")

# (check, what it complains about) -> why that is right.
EXCEPTIONS = {}


def layer_table():
    """{folder: folders it may include}, from the table "| folder | what it holds | may include |" of doc/design.md."""
    design = (ROOT / "doc/design.md").read_text()
    rows = re.search(r"^\| folder \| what it holds \| may include \|\n\|[-|]*\|\n((?:\|.*\n)*)", design, re.M)[1]
    allowed = {}
    for row in rows.strip().split("\n"):
        left, _, right = [cell.strip().replace("`", "") for cell in row.strip("|").split("|")]
        words = set(re.findall(r"\w+", right.split("(")[0]))
        may = set(allowed) if right.startswith("all above") else words
        if "what they include" in right:
            may = may.union(*(allowed[folder] for folder in words))
        for folder in left.split(","):
            allowed[folder.strip()] = may | {folder.strip()}
    allowed.setdefault("base", {"base"})
    return allowed


def include_table():
    """include table: a folder of src includes only those before it"""
    allowed = layer_table()
    for path in c_files("src"):
        folder = path.relative_to(ROOT / "src").parts[0]
        for line, quote, what in includes(path):
            if quote == "<":
                continue
            if "/" not in what:
                yield f'{name(path)}:{line}: "{what}": write "FOLDER/{what}", as every file does'
            elif folder not in allowed:
                yield f"{name(path)}:{line}: no row for {folder} in the include table"
            elif what.split("/")[0] not in allowed[folder]:
                yield f'{name(path)}:{line}: {folder} must not include "{what}"'


def public_commands():
    """public commands: describe, ask, choose, refer, chat and the server see only <rgpt/rgpt.h>"""
    layers = layer_table()
    tools = c_files("tools")
    by_name = {path.name: path for path in tools}
    public = re.compile(r"describe|ask|choose|refer|chat|rgpt-server")
    todo = [path for path in tools if public.search(name(path)) and path.suffix == ".c"]
    seen = set(todo)
    while todo:  # their own headers, and what those include
        path = todo.pop()
        for line, quote, what in includes(path):
            if quote == '"' and what.split("/")[0] in layers and "/" in what:
                yield f'{name(path)}:{line}: "{what}" is internal to the library; use <rgpt/rgpt.h>'
            header = by_name.get(what.split("/")[-1]) if quote == '"' else None
            if header and header not in seen:
                seen.add(header)
                todo.append(header)


def lengths():
    """lengths: functions and files that fit in a head"""
    files = sorted(((p.read_text().count("\n"), name(p)) for p in c_files(*CODE)), reverse=True)
    longest = sorted(((n, f"{name(p)}:{line} {f}") for p in c_files(*CODE) for n, line, f in functions(p)), reverse=True)
    comment_lines, lines = (sum(column) for column in zip(*map(comment_share, c_files("src", "include"))))
    print(f"     {lines} lines in src and include, {100 * comment_lines / lines:.0f} % of them comments; the longest:")
    for (n, file), (m, function) in zip(files[:10], longest[:10]):
        print(f"     {n:5d} {file:36s} {m:5d} {function}")
    for n, file in files:
        if n > LONGEST_FILE:
            yield f"{file}: {n} lines, at most {LONGEST_FILE}"
    for n, function in longest:
        if n > LONGEST_FUNCTION:
            yield f"{function}: {n} lines, at most {LONGEST_FUNCTION}"


def formatting():
    """formatting: as clang-format writes it"""
    files = [str(path) for path in c_files(*EVERYTHING)]
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True, cwd=ROOT)
    wrong = set(re.findall(r"^(\S+?):\d+:\d+: error", run.stderr, re.M))
    return [f"{path}: run clang-format -i on it" for path in sorted(wrong)]


# Unbounded, not thread-safe, or silent about errors; and what a library must leave to its caller.
UNSAFE = r"strcpy|strcat|v?sprintf|gets|ato[ifl]|atoll|strtok|alloca|strerror|localtime|gmtime|ctime|rand|srand"
CALLERS = r"exit|_exit|_Exit|abort|v?printf|puts|putchar|perror|system|popen|signal|sigaction|setlocale|chdir|setenv"


def banned_functions():
    """banned functions: none that overrun, hide errors, or take the process from its owner"""
    rules = [(CODE, re.compile(rf"(?<![\w.>])({UNSAFE})\s*\("), "unsafe: use the bounded, checked or _r form"),
             (("src",), re.compile(rf"(?<![\w.>])({CALLERS})\s*\("), "a library leaves that to its caller"),
             (("src",), re.compile(r"\b(stdout|stderr)\b"), "a library does not print")]
    for folders, pattern, why in rules:
        for path in c_files(*folders):
            for n, line in enumerate(code(path).split("\n"), 1):
                for match in pattern.finditer(line):
                    yield f"{name(path)}:{n}: {match[1]}: {why}"


def opening_comments():
    """opening comments: every header says what it is for; every .c does, or the header it implements does"""
    for path in c_files(*EVERYTHING):
        said = path.read_text().startswith("/*")
        if path.suffix == ".c" and not said:
            # The header that a file implements has its name, or is the first it includes; both stand beside it.
            own = [path.stem + ".h"] + [what.split("/")[-1] for _, quote, what in includes(path)[:1] if quote == '"']
            said = any((path.parent / header).exists() for header in own)
        if not said:
            yield f"{name(path)}: starts with no comment on what it is for"


def unfinished_work():
    """unfinished work: no TODO, FIXME or XXX"""
    for path in c_files(*EVERYTHING):
        for n, line in enumerate(path.read_text().split("\n"), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield f"{name(path)}:{n}: {line.strip()}"


def document_links():
    """document links: every file that a document links to is there"""
    documents = [ROOT / "README.md", *(ROOT / "doc").rglob("*.md")]
    for path in filter(lambda p: p.exists(), documents):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                yield f"{name(path)}: links to {target}, which is not there"


def library_symbols():
    """library symbols: names that start with rg_ or rgpt_, and no variable that could change"""
    archive = ROOT / "build/librgpt.a"
    if not archive.exists():
        yield "build/librgpt.a is not there: build first"
        return
    table = subprocess.run(["objdump", "-t", archive], capture_output=True, text=True, check=True).stdout
    symbol = re.compile(r"^[0-9a-f]+ (.)....(.)(.) (\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", re.M)
    for scope, _, kind, section, symbol_name in symbol.findall(table):
        if kind == "O" and re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*", section):
            yield f"{symbol_name} is a variable in {section}: the library keeps no state of its own"
        if scope == "g" and kind in "FO" and not symbol_name.startswith(("rg_", "rgpt_")):
            yield f"{symbol_name} is visible outside its file and starts with neither rg_ nor rgpt_"


def gradients():
    """gradients: every op is in op.def, so that it has a backward and a gradient case"""
    listed = set(re.findall(r"^RG_OP\((\w+)\)", (ROOT / "src/op/op.def").read_text(), re.M))
    data = {"rope_table"}  # made from numbers that are no tensors
    for op in re.findall(r"^rg_tensor \*rg_(\w+)\(", (ROOT / "src/op/op.h").read_text(), re.M):
        if op not in listed | data:
            yield f"src/op/op.h: rg_{op} is not in op.def"


def public_interface():
    """public interface: librgpt.so exports what rgpt.h declares, and nothing else"""
    header = code(ROOT / "include/rgpt/rgpt.h")
    declared = set(re.findall(r"^RGPT_API [^;(]*?\b(rgpt_\w+)\s*\(", header, re.M))
    library = ROOT / "build/librgpt.so"
    if not library.exists():
        yield "build/librgpt.so is not there: build first"
        return
    table = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in table.splitlines()}
    for symbol in sorted(declared - exported):
        yield f"{symbol} is declared in rgpt.h and not in the library"
    for symbol in sorted(exported - declared):
        yield f"{symbol} is exported and not declared in rgpt.h"


def main():
    checks = [include_table, public_commands, lengths, formatting, banned_functions, opening_comments,
              unfinished_work, document_links, library_symbols, public_interface, gradients]
    wanted = sys.argv[1:]
    failed = 0
    selected = [check for check in checks if not wanted or check.__name__ in wanted]
    for check in selected:
        complaints = [c for c in check() if not any(k == check.__name__ and part in c for k, part in EXCEPTIONS)]
        failed += bool(complaints)
        print(("FAIL " if complaints else "ok   ") + check.__doc__)
        for complaint in complaints:
            print(f"     {complaint}")
    print(f"{len(selected) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
