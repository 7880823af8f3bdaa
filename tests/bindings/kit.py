"""What the suites of the bindings are given: where things are, the library and the platform in a box, and how programs are run.

A language's module beside this one has a NAME and some of the functions that `run.py` lists; each takes a `Kit`. What is asked of the kit is made when it is
first asked for. For development, KEI_KIT_LIBRARY (a folder with the shared library) and KEI_KIT_PROGRAM (`kei-agent`) stand in for what cargo would build.
"""

import contextlib
import functools
import json
import os
import pathlib
import sys
import tempfile
import threading
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402


class made(functools.cached_property):  # noqa: N801 — used as a decorator
    """What is made when it is first asked for, once, by whichever of several threads."""

    def __init__(self, make):
        super().__init__(make)
        self._making = threading.RLock()

    def __get__(self, instance, owner=None):
        with self._making:
            return super().__get__(instance, owner)


class Kit:
    """What a language's suites work with. A context manager: what it started and wrote outside the tree goes with it."""

    root = tools.ROOT
    """The repository."""

    include = tools.ROOT / "include"
    """The folder of the header."""

    environment = staticmethod(tools.environment)
    """This program's environment without any KEI_ variable of its user, and with those given."""

    run = staticmethod(tools.run)
    """Runs a command; its failure ends the language's run. Answers its standard output when it is captured."""

    ended = staticmethod(tools.ended)
    """Runs a program to its end, and answers the CompletedProcess: `kit.ended(command, env=…, cwd=…)`."""

    counts = staticmethod(tools.counts)
    """(passed, failed, output) of a program that has ended, from its last `N passed, N failed`."""

    def __enter__(self):
        self._scratch = tempfile.TemporaryDirectory(prefix="kei-bindings-")
        self.folder = pathlib.Path(self._scratch.name)
        """A scratch folder outside the tree."""
        return self

    def __exit__(self, *_):
        # What a toolchain made read-only, as Go its cache of modules, goes too.
        for place, folders, _ in os.walk(self.folder):
            for folder in folders:
                found = os.path.join(place, folder)
                # A link to elsewhere is none of what was written here; to change its own mode is not possible everywhere.
                if not os.path.islink(found):
                    with contextlib.suppress(OSError):
                        os.chmod(found, 0o755)
        self._scratch.cleanup()

    @made
    def tools(self):
        """The folder for toolchains and packages, which git ignores."""
        folder = tools.ROOT / ".tools"
        folder.mkdir(exist_ok=True)
        return folder

    @made
    def library(self):
        """The folder with the shared library, under the names by which linkers and loaders look for it."""
        if given := os.environ.get("KEI_KIT_LIBRARY"):
            folder = pathlib.Path(given).resolve()
            missing = [name for name in (tools.LIBRARY, tools.SONAME) if not (folder / name).exists()]
            if missing:
                raise tools.Failure(f"KEI_KIT_LIBRARY is {folder}, which has no {' and no '.join(missing)}")
            return folder
        tools.build_library()
        return tools.C

    @property
    def archive(self):
        """The static library."""
        return self._static[0]

    @property
    def archive_needs(self):
        """What else is linked by whoever links the static library: a list of flags."""
        return self._static[1].split()

    @made
    def _static(self):
        given = pathlib.Path(os.environ.get("KEI_KIT_LIBRARY") or "/nowhere").resolve() / "libkei_agent.a"
        if given.exists():
            # What rustc says for Linux.
            return given, "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
        sys.path.insert(0, str(tools.ROOT / "packaging"))
        import install
        return install.build_static()

    @made
    def program(self):
        """The command line, `kei-agent`."""
        if given := os.environ.get("KEI_KIT_PROGRAM"):
            if not os.access(given, os.X_OK):
                raise tools.Failure(f"KEI_KIT_PROGRAM is {given}, which is no program")
            return pathlib.Path(given).resolve()
        return tools.build_command_line()

    def platform(self):
        """A platform in a box, as a context manager: `.variables`, `.url`, `.ask(method, path, body)`, `.faults()`."""
        return tools.Platform(self.program, tempfile.mkdtemp(dir=self.folder))

    def suite(self, name, command, **options):
        """The tuple that a suite yields, of a program that is run to its end."""
        return (name, *tools.counts(tools.ended(command, **options)))

    def vectors(self, name, command, ways=("",), **options):
        """Runs a runner of the vectors, each way of calling against a platform of its own; yields the tuples. See bindings/vectors/README.md."""
        for way in ways:
            with self.platform() as platform:
                text = (tools.ROOT / "bindings/vectors/cases.json").read_text(encoding="utf-8")
                folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
                more = {"RUN": uuid.uuid4().hex, "FOLDER": str(folder), "HOST": platform.url.split("//", 1)[1]}
                for variable, value in {**platform.variables, **more}.items():
                    # As it is written within a text of JSON: a path may have backslashes.
                    text = text.replace(f"${{{variable}}}", json.dumps(value, ensure_ascii=False)[1:-1])
                file = folder / "cases.json"
                file.write_text(text, encoding="utf-8")
                given = {"env": tools.environment({}), **options}
                yield self.suite(f"{name} ({way})" if way else name, (*command, *([way] if way else []), file), **given)
