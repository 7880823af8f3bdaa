"""Writes the typed layers of the wrappers: `python3 bindings/generate [--check] [--describe FILE] [languages…]`.

Each module beside this one that has a function `files(model)` is a language's generator: it answers the texts of files by their paths in the repository. With
`--check` nothing is written; a file that is not as it would be written is named, and the status is 1. The description is what `kei-agent describe` prints, of the
program that KEI_KIT_PROGRAM names or else of the one that cargo builds; `--describe` takes it from a file.
"""

import argparse
import importlib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests")]
import model  # noqa: E402
import tools  # noqa: E402


def described(file):
    """The document."""
    if file:
        text = sys.stdin.read() if file == "-" else pathlib.Path(file).read_text(encoding="utf-8")
    else:
        program = os.environ.get("KEI_KIT_PROGRAM") or tools.build_command_line()
        text = tools.run(program, "describe", stdout=subprocess.PIPE)
    return json.loads(text)


def generators(names):
    """The languages' generators by name."""
    found = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in ("model", "__main__") and not file.stem.startswith(("test_", "_")))
    if unknown := sorted(set(names) - set(found)):
        raise tools.Failure(f"there is no generator for {', '.join(unknown)}; there are {', '.join(found) or 'none'}")
    return {name: importlib.import_module(name).files for name in found if not names or name in names}


def is_stale(file, text):
    return not file.exists() or file.read_bytes() != text.encode()


def work():
    arguments = argparse.ArgumentParser(prog="bindings/generate", description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="write nothing; fail if a file is not up to date")
    arguments.add_argument("--describe", metavar="FILE", help="what `kei-agent describe` printed; `-` for standard input")
    arguments.add_argument("languages", nargs="*", help="all when absent")
    chosen = arguments.parse_args()
    try:
        found = model.read(described(chosen.describe))
    except model.SchemaError as error:
        raise tools.Failure(str(error)) from None
    files = {}
    for name, generate in generators(chosen.languages).items():
        for path, text in generate(found).items():
            if path in files:
                raise tools.Failure(f"two generators write {path}, one of them {name}")
            files[path] = text
    stale = [path for path, text in sorted(files.items()) if is_stale(ROOT / path, text)]
    if chosen.check:
        if stale:
            raise tools.Failure(f"not up to date: {', '.join(stale)}. Make anew with: python3 bindings/generate")
        print(f"{len(files)} generated files are up to date")
        return 0
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(files[path].encode())
        print(f"wrote {path}")
    print(f"{len(files)} files, {len(stale)} of them written anew")
    return 0


tools.main(work)
