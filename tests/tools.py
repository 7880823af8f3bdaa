"""What the demo and the test runner share: building, compiling C, and installing what is missing."""

import concurrent.futures
import os
import pathlib
import platform
import queue
import re
import shutil
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
C = TARGET / "c"
MAC = platform.system() == "Darwin"
LIBRARY = "libkei_agent.dylib" if MAC else "libkei_agent.so"


def abi():
    """The version of the ABI, as the header says it: major and minor."""
    text = (ROOT / "include/kei_agent.h").read_text()
    number = int(re.search(r"#define KEI_ABI_VERSION (\d+)", text)[1])
    return number >> 16, number & 0xffff


def named(version):
    """The shared library's name with a version in it."""
    return f"libkei_agent.{version}.dylib" if MAC else f"libkei_agent.so.{version}"


SONAME = named(abi()[0])

# How large the library may be, in bytes; what it should be at most is in benches/peers/promises.py.
MOST_BYTES = int((10 if MAC else 8.5) * (1 << 20))

# The command that each tool comes from, and its package where the system is Debian's kin.
PACKAGES = {
    "cc": "build-essential",
    "c++": "build-essential",
    "nm": "binutils",
    "readelf": "binutils",
    "ld": "binutils",
    "objcopy": "binutils",
    "ar": "binutils",
    "valgrind": "valgrind",
    "clang": "clang",
    "clang-19": "clang-19 libclang-rt-19-dev",
    "llvm-symbolizer": "llvm",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "squid": "squid",
    "microsocks": "microsocks",
    "promtool": "prometheus",
    "cmake": "cmake",
    "pkg-config": "pkg-config",
}


INSTALLING = threading.Lock()

# Servers are where not everybody looks.
os.environ["PATH"] += os.pathsep + os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))


class Failure(Exception):
    """Something that ends the run; its text says what and how to mend it."""


def say(text):
    # In one piece, for others may say something at the same time.
    print(f"==> {text}\n", end="", flush=True)


def run(*command, **options):
    """Runs a command; its failure ends the run. Answers its standard output when it is captured."""
    done = subprocess.run([str(part) for part in command], cwd=options.pop("cwd", ROOT), text=True, check=False, **options)
    if done.returncode:
        output = (done.stdout or "") + (done.stderr or "")
        raise Failure(f"{' '.join(map(str, command))} failed with status {done.returncode}\n{output}")
    return done.stdout


def ended(command, env=None, cwd=ROOT, timeout=1800):
    """Runs a program to its end. One that has none after half an hour hangs, and is ended as failed."""
    command = [str(part) for part in command]
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", check=False, env=env, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        told = "".join((part or b"").decode(errors="replace") for part in (late.stdout, late.stderr))
        return subprocess.CompletedProcess(command, 124, told, "it hangs\n")


def side_by_side(*works):
    """What several works yield, as it comes: two of them are at work at a time, for much of a test's time is waiting, and a linker keeps one processor busy. Ends with the failure of one."""
    told, ends = queue.SimpleQueue(), object()

    def do(work):
        try:
            for row in work:
                told.put((row, None))
        except BaseException as failure:  # noqa: BLE001 — raised again where it is waited for
            told.put((ends, failure))
        else:
            told.put((ends, None))

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        for work in works:
            threads.submit(do, work)
        left = len(works)
        while left:
            row, failure = told.get()
            if failure:
                threads.shutdown(cancel_futures=True)
                raise failure
            if row is ends:
                left -= 1
            else:
                yield row


def report(suites):
    """Prints suites as they end, each a (name, passed, failed, output), and then all of them; the exit status. A run without a test has failed."""
    rows = []
    for name, passed, failed, output in suites:
        rows.append((name, passed, failed))
        # What a suite printed is of interest where it failed.
        print(f"{output if failed else ''}    {name}: {passed} passed, {failed} failed\n", end="", flush=True)
    print("\nSuites")
    for name, passed, failed in rows:
        print(f"  {'FAILED' if failed else 'ok    '} {name}: {passed} passed, {failed} failed")
    passed, failed = sum(row[1] for row in rows), sum(row[2] for row in rows)
    print(f"\n{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


def counts(done):
    """What a program that has ended says of its tests, in its last `N passed, N failed`: how many passed and failed, and its output. A program that
    says nothing counts as one test; a status other than 0 is a failure whatever it says."""
    told = re.findall(r"(\d+) passed, (\d+) failed", done.stdout)
    bad = int(done.returncode != 0)
    passed, failed = map(int, told[-1]) if told else (1 - bad, bad)
    return passed, max(failed, bad), f"{done.stdout}{done.stderr}status {done.returncode}\n"


def need(*tools):
    """Makes sure that tools are there. What is missing is installed when that is allowed; else the one command is named."""
    missing = sorted({package for tool in tools if not shutil.which(tool) for package in PACKAGES[tool].split()})
    if not missing:
        return
    install(*missing)
    still = [tool for tool in tools if not shutil.which(tool)]
    if still:
        names = " ".join(missing)
        how = f"sudo apt-get install {names}" if shutil.which("apt-get") else f"brew install {names}"
        raise Failure(f"{', '.join(still)} cannot be found. Install with: {how}")


def need_header(name, package):
    """Makes sure that the C compiler finds a header. What is missing is installed when that is allowed; else the one command is named."""
    there = lambda: subprocess.run(["cc", "-E", "-"], input=f"#include <{name}>\n", text=True, capture_output=True, check=False).returncode == 0  # noqa: E731
    if there():
        return
    install(package)
    if not there():
        how = f"sudo apt-get install {package}" if shutil.which("apt-get") else f"brew install {package.removeprefix('lib').removesuffix('-dev')}"
        raise Failure(f"the header {name} cannot be found. Install with: {how}")


def install(*packages):
    """Installs Debian packages, where that is possible and allowed; one after the other, since apt takes no two at once."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    with INSTALLING:
        say(f"installing {' '.join(packages)} (missing here)")
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            run("apt-get", "update", "-qq")
            run(*command, stdout=subprocess.DEVNULL)


def sysroot(rustc="rustc"):
    """The folder of a Rust toolchain: its own libraries, programs and, where they are installed, the standard library's sources."""
    return pathlib.Path(run(rustc, "--print", "sysroot", stdout=subprocess.PIPE).strip())


def shipping():
    """The environment in which cargo builds what is shipped: messages of panics name source files, and none of them is to tell where it was built."""
    if not shutil.which("cargo"):
        raise Failure("cargo cannot be found. Install Rust: https://rustup.rs")
    # Where the dependencies' sources are is known once they are there.
    run("cargo", "fetch", "--quiet", "--locked")
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    # The compiler names the standard library's files by where they are, if their source is installed.
    library = sysroot() / "lib/rustlib/src/rust"
    # Of several that fit, the last one counts.
    places = [(home, "cargo"), (library, "rust"), (TARGET, "target"), (ROOT, "kei-agent"), *((place, "crates") for place in sorted((home / "registry/src").glob("*")))]
    given = os.environ.get("CARGO_ENCODED_RUSTFLAGS", "\x1f".join(os.environ.get("RUSTFLAGS", "").split()))
    flags = [*filter(None, given.split("\x1f")), *(f"--remap-path-prefix={place}={name}" for place, name in places)]
    return {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags)}


def build_library():
    """The shared library as it ships, and the links by which linkers and loaders find it. By itself, so that the linker can optimize over all of it, which
    cargo does not do for several kinds of library at once."""
    environment = shipping()
    sys.path.insert(0, str(ROOT / "packaging/training"))
    import train
    everywhere, alone = train.flags(environment)
    say("building libkei_agent (release; some minutes the first time)")
    return found_in_c(cargo_library(environment, everywhere, alone))


def build_library_plainly():
    """The same without optimization, in minutes where that takes a quarter of an hour: for what shows that it works, and not how fast."""
    say("building libkei_agent (without optimization; a few minutes the first time)")
    run("cargo", "build", "--quiet", "--lib")
    return found_in_c(TARGET / "debug" / LIBRARY)


def found_in_c(library):
    """Has the programs in C find this library."""
    C.mkdir(parents=True, exist_ok=True)
    for link, to in [(C / SONAME, library), (C / LIBRARY, C / SONAME)]:
        link.unlink(missing_ok=True)
        link.symlink_to(to)
    return library


def cargo_library(environment, everywhere, alone, target=TARGET):
    """Has cargo build the shared library, with more flags of the compiler's for all crates, and for the library's own alone. Answers where it is."""
    flags = "\x1f".join(filter(None, [environment["CARGO_ENCODED_RUSTFLAGS"], *everywhere]))
    run("cargo", "rustc", "--quiet", "--release", "--lib", "--crate-type", "cdylib", "--", *alone,
        env={**environment, "CARGO_ENCODED_RUSTFLAGS": flags, "CARGO_TARGET_DIR": str(target)})
    return target / "release" / LIBRARY


def build_command_line():
    """The command line with the platform in a box. By itself, so that none of its features reach the library."""
    say("building kei-agent, the command line")
    run("cargo", "build", "--quiet", "--package", "kei-agent-cli")
    return TARGET / "debug" / "kei-agent"


def compile_c(source, *flags, standard="c11"):
    """Compiles a C program against the built library, without a warning; it finds the library beside itself."""
    program = C / pathlib.Path(source).stem
    here = "@loader_path" if MAC else "$ORIGIN"
    run("cc", f"-std={standard}", "-g", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Iinclude", *flags, ROOT / source, "-o",
        program, f"-L{C}", "-lkei_agent", "-pthread", f"-Wl,-rpath,{here}")
    return program


class Platform:
    """A platform in a box, on a free port of the loopback interface. It ends with this program."""

    def __init__(self, program, folder):
        file = pathlib.Path(folder) / "platform.env"
        self.process = subprocess.Popen([program, "dev", "--exit-with-parent", "--env-file", file], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline().strip()
        if not file.exists():
            raise Failure(f"the platform did not start: {self.line}")
        self.variables = dict(line.split("=", 1) for line in file.read_text().splitlines())
        self.url = self.variables["KEI_API_URL"]

    def ask(self, method, path, body=None):
        import json
        import urllib.request
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.url + path, data, method=method), timeout=30) as answer:
            return json.load(answer)

    def faults(self):
        """Faults to live with: slow answers, failures, resets, connections of the stream that are cut."""
        self.ask("POST", "/_dev/faults", [
            {"path": "/api/v1/rpc", "latency_ms": 20, "times": 2000},
            {"path": "/api/v1/registry", "status": 503, "skip": 7, "times": 500},
            {"path": "/api/v1/health", "reset": "before_headers", "skip": 5, "times": 500},
            {"path": "/oidc/token", "latency_ms": 10, "times": 500},
        ])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def environment(variables, **more):
    """This program's environment without any KEI_ variable of its user, and with those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEI_")}
    return {**kept, **variables, **more}


def leaks(secret, text):
    """The encoded forms of a secret that stand in a text: as it is, percent-, hex- and base64-encoded."""
    import base64
    import urllib.parse
    raw = secret.encode()
    forms = {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret), raw.hex(), raw.hex().upper()}
    for before in range(3):
        padded = bytes(before) + raw
        padded = padded[: len(padded) - len(padded) % 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(padded).decode()[4 if before else 0:])
    return [form for form in forms if form in text]


def main(work):
    """Runs `work`, and ends the program with its status."""
    try:
        sys.exit(work())
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
