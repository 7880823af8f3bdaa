"""All tests: Rust, the header, the built library through C, the examples under valgrind, the wrappers. Ends with a line per suite and a total.

What tests yields suites: (name, passed, failed, output)."""

import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

import tools
from bindings.kit import Kit
from bindings.run import languages, suites


def named():
    """The environment in which programs take the library with its symbols, so that what valgrind finds has names."""
    tools.run("cargo", "build", "--quiet", "--lib")
    folder = tools.C / "named"
    folder.mkdir(exist_ok=True)
    link = folder / tools.SONAME
    link.unlink(missing_ok=True)
    link.symlink_to(tools.TARGET / "debug" / tools.LIBRARY)
    return tools.environment({}, **{"DYLD_LIBRARY_PATH" if tools.MAC else "LD_LIBRARY_PATH": str(folder)})


def check(name, cases, env=None):
    """The suite of commands: each must exit with 0. Valgrind's findings change the exit status."""
    passed, output = 0, ""
    for case in cases:
        done = tools.ended(case, env)
        passed += done.returncode == 0
        if done.returncode:
            output += f"FAILED: {' '.join(map(str, case))}\n{done.stdout}{done.stderr}"
    return name, passed, len(cases) - passed, output


def rust():
    """The Rust tests: a suite for each test binary, from cargo's own summaries."""
    tools.say("Rust tests, some against nginx, haproxy, squid, promtool, a verifier and a collector in Python, and a foreign OIDC provider (npm's oidc-provider, installed into tests/interop)")
    build = ["cargo", "test", "--quiet", "--workspace", "--no-run"]
    tools.run(*build)
    process = subprocess.Popen(["cargo", "test", "--workspace", "--no-fail-fast"], cwd=tools.ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, env=tools.environment({}))
    name, output = "cargo", ""
    found = bad = 0
    for line in process.stdout:
        output += line
        if running := re.match(r"\s+(?:Running (?:unittests )?(\S+) \(.*/deps/(\w+)-|Doc-tests (\S+))", line):
            source, binary, documentation = running.groups()
            name, output = f"rust {documentation + ' (documentation)' if documentation else binary + ': ' + source}", ""
        elif result := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; \d+ measured; (\d+) filtered", line):
            passed, failed, ignored, filtered = map(int, result.groups())
            failed += ignored + filtered
            yield name, passed, failed, output
            found, bad = found + 1, bad + failed
    if process.wait() and not bad:
        yield "cargo test", 0, 1, output
    if not found:
        raise tools.Failure(f"cargo test ran nothing:\n{output}")


def header(folder):
    """The header compiles alone and twice, in each language and with each compiler, without a warning."""
    tools.say("the header, in C99, C11, C++11 and C++20")
    cases = []
    for standard, suffix, compilers in [("c99", "c", ("cc", "clang")), ("c11", "c", ("cc", "clang")),
                                        ("c++11", "cc", ("c++", "clang++")), ("c++20", "cc", ("c++", "clang++"))]:
        source = pathlib.Path(folder) / f"header.{suffix}"
        source.write_text("#include <kei_agent.h>\n#include <kei_agent.h>\nint main() { return kei_abi_version() != KEI_ABI_VERSION; }\n"
                          if suffix == "cc" else
                          "#include <kei_agent.h>\n#include <kei_agent.h>\nint main(void) { return kei_abi_version() != KEI_ABI_VERSION; }\n")
        for compiler in compilers:
            cases.append((compiler, f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", "-c", source, "-o",
                          pathlib.Path(folder) / "header.o"))
    for page in ("README.md", "docs/wrappers.md"):
        example = pathlib.Path(folder) / f"{pathlib.Path(page).stem}.c"
        example.write_text((tools.ROOT / page).read_text().split("```c\n", 1)[1].split("```", 1)[0])
        cases.append(("cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", "-c", example, "-o", example.with_suffix(".o")))
    yield check("header, and the examples of the README and of docs/wrappers.md", cases)


def documentation(folder):
    """Every function has its part of docs/c-api.md, with an example that compiles; and the page is up to date."""
    tools.say("the reference of the C interface")
    yield check("documentation", [
        ("python3", "docs/c_api.py", "--check"),
        ("cc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", "-c", "docs/examples.c", "-o",
         pathlib.Path(folder) / "examples.o"),
    ])


def symbols(library):
    """The library exports what abi/symbols.txt says, exactly, under the name that the ABI's version gives it."""
    tools.say("exported symbols and the library's name")
    listed = (tools.ROOT / "abi/symbols.txt").read_text().split()
    flags = ("-gU",) if tools.MAC else ("-D", "--defined-only")
    found = sorted(line.split()[-1].removeprefix("_" if tools.MAC else "") for line in
                   tools.run("nm", *flags, library, stdout=subprocess.PIPE).splitlines())
    output = f"abi/symbols.txt and the library differ: {sorted(set(listed) ^ set(found))}\n"
    yield "symbols", int(listed == found), int(listed != found), output
    if not tools.MAC:
        dynamic, segments = (tools.run("readelf", flag, library, stdout=subprocess.PIPE) for flag in ("-dW", "-lW"))
        stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
        good = [f"[{tools.SONAME}]" in dynamic, "NODELETE" in dynamic, "BIND_NOW" in dynamic, "GNU_RELRO" in segments,
                "TEXTREL" not in dynamic, "RPATH" not in dynamic and "RUNPATH" not in dynamic, " RWE" not in stack]
        yield "library name and flags", sum(good), len(good) - sum(good), dynamic + segments
        yield glibc(library)
        yield size(library)
    yield places(library)


def glibc(library):
    """The library needs no newer glibc than the README says."""
    stated = re.search(r"glibc (\d+\.\d+)", (tools.ROOT / "README.md").read_text())
    needed = re.findall(r"GLIBC_(\d+(?:\.\d+)+)", tools.run("readelf", "-VW", library, stdout=subprocess.PIPE))
    newest = max((tuple(map(int, version.split("."))) for version in needed), default=())
    good = bool(stated) and newest <= tuple(map(int, stated[1].split(".")))
    return "glibc floor", int(good), int(not good), f"the README says {stated and stated[1]}; the library needs {newest}\n"


def size(library):
    """The library is no larger than it may be, with everything in it."""
    most, found = tools.MOST_BYTES, library.stat().st_size
    return "size", int(found <= most), int(found > most), f"the library has {found:,} bytes; it may have {most:,}\n"


def places(library):
    """Nothing in the library tells where, or by whom, it was built."""
    content = library.read_bytes()
    told = [place for place in {str(tools.ROOT), str(tools.TARGET), str(pathlib.Path.home()), ".cargo/registry", ".rustup/"} if place.encode() in content]
    return "places of the build", int(not told), int(bool(told)), f"the library names {told}\n"


# The C programs: their arguments here, those under valgrind (None: not there), and whether they talk to the platform in a box.
C_PROGRAMS = [
    ("layout", (), (), False),
    ("misuse", (), (), False),
    ("table", (), (), False),
    ("lifecycle", (), (), False),
    ("callbacks", (), (), False),
    ("forks", (50,), None, True),
    ("unload", (1000,), None, False),
    ("leaving", (200,), None, False),
    ("pipes", (), None, False),
    ("storm", (5, 16), (5, 4), True),
]


def c_tests(folder):
    """The C tests, plain and under valgrind: no error, no leak."""
    tools.say("C tests, plain and under valgrind; some against the platform in a box, with its faults on")
    programs = {name: tools.compile_c(f"tests/c/{name}.c", "-D_GNU_SOURCE", "-ldl") for name, *_ in C_PROGRAMS}
    tabled = sorted(tools.run(programs["table"], "--list", stdout=subprocess.PIPE).split())
    exported = (tools.ROOT / "abi/symbols.txt").read_text().split()
    yield "misuse of every function", int(tabled == exported), int(tabled != exported), f"not in both: {set(tabled) ^ set(exported)}\n"
    with tools.Platform(tools.build_command_line(), folder) as platform:
        for name, arguments, _, online in C_PROGRAMS:
            if name == "storm":
                platform.faults()
            environment = tools.environment(platform.variables if online else {})
            done = tools.ended((programs[name], *arguments), environment)
            yield f"c {name}", *tools.counts(done)
        if VALGRIND:
            plain = named()
            for wanted, environment in ((False, plain), (True, {**plain, **platform.variables})):
                cases = [(*VALGRIND, programs[name], *arguments) for name, _, arguments, online in C_PROGRAMS
                         if arguments is not None and online == wanted]
                yield check(f"c under valgrind{', against the platform' if wanted else ''}", cases, env=environment)


# There is no valgrind for macOS on Arm; there the programs run as they are. "Possibly lost" is what a thread holds that is still ending as the process
# does, and what is held by a pointer into it, as reference counts are; LeakSanitizer, which tells those apart, has its turn in `make test-sanitize`.
VALGRIND = () if tools.MAC else ("valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99", "--fair-sched=yes",
            f"--suppressions={tools.ROOT}/tests/c/valgrind.supp")


def examples(folder):
    """The C examples against the platform in a box, under valgrind, with a fault; nothing secret in what they print."""
    tools.say("C examples under valgrind, against the platform in a box")
    programs = [(tools.compile_c("examples/c/agent.c", standard="c99"),),
                (tools.compile_c("examples/c/in_flight.c", standard="c99"), "200")]
    log = pathlib.Path(folder) / "log"
    with tools.Platform(tools.build_command_line(), folder) as platform:
        environment = {**named(), **platform.variables, "KEI_LOG_LEVEL": "trace", "KEI_LOG_FILE": str(log)}
        for program, *arguments in programs:
            platform.ask("POST", "/_dev/faults", {"path": "/api/v1/rpc/", "status": 503, "times": 2})
            done = tools.ended((*VALGRIND, program, *arguments), environment)
            output = done.stdout + done.stderr
            everything = output + log.read_text()
            leaked = tools.leaks(platform.variables["KEI_OIDC_CLIENT_SECRET"], everything) or "eyJ" in everything
            good = [done.returncode == 0, not leaked, '"attempts":3' in everything]
            yield f"example {program.name}", sum(good), len(good) - sum(good), f"{good}\n{output}"
        stats = platform.ask("GET", "/_dev/stats")
        yield "one token request a process", int(stats["token_requests"] == 2), int(stats["token_requests"] != 2), f"{stats}\n"


def through_c(library):
    """The built library, as C sees it."""
    with tempfile.TemporaryDirectory() as folder:
        yield from header(folder)
        yield from documentation(folder)
        yield from symbols(library)
        yield from c_tests(folder)
        yield from examples(folder)


def everything(names):
    """The suites of all tests."""
    with Kit() as kit, concurrent.futures.ThreadPoolExecutor(2) as beside:
        # To optimize over all of it keeps but one processor busy, for minutes; and then the other one has time for the static library.
        building = beside.submit(lambda: kit.library)
        yield from rust()
        if not names:
            beside.submit(lambda: kit.archive)
        library = (building.result() / tools.LIBRARY).resolve()
        tools.say("the library through C, and the wrappers, each with its own suites and the shared vectors")
        yield from tools.side_by_side(through_c(library), suites("test", kit, names))


def work():
    # The wrappers' languages; all when there are none.
    names = sys.argv[1:]
    languages(names)
    tools.need("cc", "c++", "clang", "nm", "node", "npm", "openssl", "nginx", "haproxy", "squid", "microsocks", "promtool", *(() if tools.MAC else ("readelf", "valgrind")))
    tools.say("Python's packages for independent checks (into .tools, once)")
    tools.run("python3", "tests/interop/python.py", stdout=subprocess.DEVNULL)
    return tools.report(everything(names))


if __name__ == "__main__":
    tools.main(work)
