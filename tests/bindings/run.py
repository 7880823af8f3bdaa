"""The suites of the bindings: `python3 tests/bindings/run.py test|package|test-packages|stress|bench [languages…]`.

A language is a module beside this one, found by its being there. It has a NAME and, of these, what it can do:

    prepare(kit)                        installs what is missing; cheap when nothing is
    test(kit)                           yields (suite, passed, failed, output): unit tests, the shared vectors, the README's quick start, the example
    package(kit, out)                   makes what is distributed, in the folder `out`; answers its path
    test_package(kit, package, folder)  installs that into a fresh project in `folder`, outside the tree, and runs the quick start; yields the same
    stress(kit, calls)                  so many calls, under cancellation and load; yields the same
    bench(kit)                          the overhead over the C interface: prints a line for each figure, and answers them by name

A line for each suite, a total, and a status other than 0 when something failed or nothing ran.
"""

import importlib
import itertools
import os
import pathlib
import sys
import traceback
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
import tools  # noqa: E402
from bindings.kit import Kit  # noqa: E402

NOT_LANGUAGES = {"kit", "run"}
OUT = tools.TARGET / "packages"


def languages(names=()):
    """The languages' modules, all or those named, in the order of their names."""
    found = sorted(file.stem for file in HERE.glob("*.py") if file.stem not in NOT_LANGUAGES and not file.stem.startswith("test_"))
    if unknown := sorted(set(names) - set(found)):
        raise tools.Failure(f"no such language: {', '.join(unknown)}; there are {', '.join(found)}")
    return [importlib.import_module(f"bindings.{name}") for name in found if not names or name in names]


def python_tests(kit, name, folder):
    """The tests in a folder's test_*.py, each test of which must pass."""
    tests = unittest.defaultTestLoader.discover(str(folder), pattern="test_*.py", top_level_dir=str(folder))
    with open(kit.folder / "python-tests.txt", "w+", encoding="utf-8") as told:
        result = unittest.TextTestRunner(told).run(tests)
        told.seek(0)
        passed = result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped) - len(result.expectedFailures)
        bad = not result.wasSuccessful() or result.testsRun == 0
        return name, passed, max(result.testsRun - passed, int(bad)), told.read()


def generator(kit):
    """The tests of the generator and of the vectors' form, and whether what was generated is up to date."""
    os.environ["KEI_KIT_PROGRAM"] = str(kit.program)
    yield python_tests(kit, "generator", tools.ROOT / "bindings/generate")
    yield python_tests(kit, "form of the vectors", HERE)
    yield kit.suite("generated files are up to date", (sys.executable, "bindings/generate", "--check"), env=dict(os.environ))


def packaged(module, kit, out):
    """The language's package, made anew."""
    folder = out / module.NAME
    folder.mkdir(parents=True, exist_ok=True)
    package = pathlib.Path(module.package(kit, folder))
    if not package.exists():
        raise tools.Failure(f"{module.NAME}: {package} was not made")
    return package


def work(action, module, kit):
    """Yields the suites of one language."""
    name = module.NAME
    if action == "test" and hasattr(module, "test"):
        yield from module.test(kit)
    elif action == "package" and hasattr(module, "package"):
        package = packaged(module, kit, OUT)
        size = sum(file.stat().st_size for file in ([package] if package.is_file() else package.rglob("*")))
        print(f"    {package} ({size // 1024} KiB)", flush=True)
        yield f"{name} package", 1, 0, ""
    elif action == "test-packages" and hasattr(module, "test_package"):
        folder = kit.folder / f"{name}-fresh"
        folder.mkdir()
        yield from module.test_package(kit, packaged(module, kit, kit.folder / "packages"), folder)
    elif action == "stress" and hasattr(module, "stress"):
        yield from module.stress(kit, int(os.environ.get("CALLS", "100000")))
    elif action == "bench" and hasattr(module, "bench"):
        yield f"{name} bench", int(bool(module.bench(kit))), 0, ""


def suites(action, kit, names=()):
    """Runs an action for the languages; yields (suite, passed, failed, output), of two languages at a time. One that cannot go on fails, and the others go on."""
    if action == "test":
        yield from generator(kit)
    all_ = [suites_of(module, action, kit) for module in languages(names)]
    # What measures has the machine for itself.
    yield from itertools.chain(*all_) if action in ("bench", "stress") else tools.side_by_side(*all_)


def suites_of(module, action, kit):
    """The suites of one language."""
    tools.say(f"{module.NAME}: {action}")
    ran = False
    try:
        if hasattr(module, "prepare"):
            module.prepare(kit)
        for row in work(action, module, kit):
            ran = ran or row[1] + row[2] > 0
            yield row
    except tools.Failure as failure:
        yield f"{module.NAME} {action}", 0, 1, f"{failure}\n"
    except Exception:  # noqa: BLE001 — a mistake in one language's module is that language's failure
        yield f"{module.NAME} {action}", 0, 1, traceback.format_exc()
    else:
        if not ran and action == "test":
            yield f"{module.NAME} {action}", 0, 1, f"{module.NAME} ran no test\n"


ACTIONS = ("test", "package", "test-packages", "stress", "bench")


def main():
    action, *names = sys.argv[1:] or [""]
    if action not in ACTIONS:
        raise tools.Failure(f"`{action}` is none of {', '.join(ACTIONS)}\n{__doc__.splitlines()[0]}")
    with Kit() as kit:
        return tools.report(suites(action, kit, names))


if __name__ == "__main__":
    tools.main(main)
