"""Makes docs/c-api.md out of include/kei_agent.h and docs/examples.c; `--check` only tells whether that is up to date and whole."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/c-api.md"
ORDER = ["Identity", "Memory", "Runtimes and clients", "Operations", "Subscriptions", "Queues", "Logging"]
SECTIONS = {
    "kei_abi": "Identity", "kei_version": "Identity", "kei_status": "Identity", "kei_buf": "Memory", "kei_runtime": "Runtimes and clients",
    "kei_client": "Runtimes and clients", "kei_close": "Runtimes and clients", "kei_call": "Operations", "kei_submit": "Operations",
    "kei_op": "Operations", "kei_sub": "Subscriptions", "kei_reply": "Subscriptions", "kei_queue": "Queues", "kei_log": "Logging",
}


class Gap(Exception):
    """Something that is not documented."""


def comments(text):
    """The comment before each declaration: (comment, declaration)."""
    for match in re.finditer(r"((?:^ *//.*\n)+)((?:(?! *//).+\n)+)", text, re.M):
        comment = "\n".join(re.sub(r"^ *// ?", "", line) for line in match[1].splitlines())
        yield comment.strip(), match[2].strip()


def section(name):
    """The section of a function: by the longest beginning of its name."""
    if name == "kei_submit":
        return "Operations"
    found = [prefix for prefix in SECTIONS if name.startswith(prefix)]
    if not found:
        raise Gap(f"{name} belongs to no section: name one in docs/c_api.py")
    return SECTIONS[max(found, key=len)]


def read_header():
    text = (ROOT / "include/kei_agent.h").read_text()
    functions, codes, events = {}, [], []
    for comment, declaration in comments(text):
        if match := re.match(r"(?:const )?\w+ \*?(kei_\w+)\(", declaration):
            functions[match[1]] = (comment, " ".join(declaration.split()).replace("( ", "(").replace(" )", ")"))
        elif match := re.match(r"#define (KEI_EVENT_\w+) (\d+)", declaration):
            events.append((match[1], match[2], comment))
        elif match := re.search(r"(KEI_E_\w+) = (\d+)", declaration):
            codes.append((match[1], match[2], comment))
    return text, functions, codes, events


def read_examples():
    text = (ROOT / "docs/examples.c").read_text()
    parts = re.split(r"^/\* (kei_\w+) \*/\n", text, flags=re.M)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2])))


def checked(text, functions, codes, events, examples):
    listed = (ROOT / "abi/symbols.txt").read_text().split()
    for name in listed:
        if name not in functions:
            raise Gap(f"{name} has no comment in the header")
        comment = functions[name][0]
        if "hread-safe" not in comment and name != "kei_runtime_after_fork_child":
            raise Gap(f"{name} does not say whether it is thread-safe")
        if "Answers" not in comment and "Cannot fail" not in comment:
            raise Gap(f"{name} does not say what it answers")
        if name not in examples:
            raise Gap(f"{name} has no example in docs/examples.c")
        if not re.search(rf"\b{name}\(", examples[name]):
            raise Gap(f"the example of {name} does not call it")
        section(name)
    for name in [*functions, *examples]:
        if name not in listed:
            raise Gap(f"{name} is not in abi/symbols.txt")
    for name in set(re.findall(r"\bKEI_E_[A-Z0-9_]+\b(?!…)", text)) - {code for code, _, _ in codes} - {"KEI_E_"}:
        raise Gap(f"{name} is named in the header and is no status")
    for name, _, comment in [*codes, *events]:
        if not comment:
            raise Gap(f"{name} is not documented")
    return listed


def page():
    text, functions, codes, events = read_header()
    examples = read_examples()
    listed = checked(text, functions, codes, events, examples)
    conventions = re.search(r" \* Conventions\n(.*?) \*/", text, re.S)[1]
    rows = re.findall(r"^ \*   (\S+) +(.*(?:\n \*    +.*)*)", conventions, re.M)
    out = ["# The C interface", "",
           "Made by `make docs` from [include/kei_agent.h](../include/kei_agent.h) and [examples.c](examples.c); do not edit. All of it is there since 0.1.0.", "",
           "| convention | what it says |", "|---|---|"]
    for name, said in rows:
        said = " ".join(line.strip(" *") for line in said.splitlines())
        out.append(f"| {name} | {said.replace('|', chr(92) + '|')} |")
    for title in ORDER:
        out += ["", f"## {title}"]
        for name in (name for name in functions if section(name) == title):
            comment, declaration = functions[name]
            others = sorted(other for other in listed if other != name and re.search(rf"\b{other}\b", comment))
            out += ["", f"### {name}", "", "```c", declaration, "```", "", comment, "", "```c", examples[name], "```"]
            if others:
                out += ["", "See also: " + ", ".join(f"[{other}](#{other})" for other in others) + "."]
    out += ["", "## Events", "", "| kind | number | meaning |", "|---|---|---|"]
    out += [f"| `{name}` | {number} | {' '.join(comment.split())} |" for name, number, comment in events]
    out += ["", "## Statuses", "", "| status | number | meaning |", "|---|---|---|"]
    out += [f"| `{name}` | {number} | {' '.join(comment.split())} |" for name, number, comment in codes]
    return "\n".join(out).replace("\n# Safety\n", "\n**What you must see to:**") + "\n"


def main():
    try:
        made = page()
    except Gap as gap:
        sys.exit(f"documentation: {gap}")
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.exists() and PAGE.read_text() == made else "documentation: docs/c-api.md is not up to date; run `make docs`")
    PAGE.write_text(made)


main()
