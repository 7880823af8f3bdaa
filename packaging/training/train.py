"""What of the library hosts run most, measured for the compiler, which then builds that for speed, lays it side by side, and builds the rest small.

A library that counts what it runs does what hosts do: starts, calls by `kei_call`, queue and callback over HTTP/1.1, HTTP/2 and TLS, tokens, retries, packed answers, a
stream, many clients, operations that send nothing. Then one that is built by these counts shows which functions of it a start and a first call run. Both are kept in the target
folder, for one compiler, its dependencies and their settings: what changes in the library's own code meanwhile is built without counts. `rm -r target/training` has them made anew.
"""

import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))
import tools  # noqa: E402

sys.path.insert(0, str(HERE))
from server import Server  # noqa: E402

PEERS = tools.ROOT / "benches/peers/c"
# The counters are in each crate's own code; to optimize over all crates takes longer, and moves none.
COUNTING = ("-Clto=off", "-Clinker-plugin-lto=no", "-Cembed-bitcode=no")
# What is inlined: little where it does not matter, and where it does no more than helps.
SMALL = ("-inline-threshold=50", "-inlinecold-threshold=5", "-inline-cold-callsite-threshold=5", "-hot-callsite-threshold=500")
# What is run no more often than this is run by starts of processes and clients, and built small. The compiler's own bound is a share of all that was counted, which differs from one
# machine to the next, and the library's size with it.
RARE = "-profile-summary-cold-count=200"


def flags(environment):
    """What cargo is to hand the compiler for a library that is built by counts: for all crates, and for the library's own alone. `environment` is that in which it is built.
    Nothing where the programs that are measured do not run."""
    if not sys.platform.startswith("linux"):
        return [], []
    compiler = tools.run("rustc", "-vV", stdout=subprocess.PIPE)
    made_of = [compiler.encode(), *((tools.ROOT / name).read_bytes() for name in ("Cargo.lock", "Cargo.toml", ".cargo/config.toml"))]
    root = tools.sysroot() / "lib/rustlib" / re.search(r"host: (\S+)", compiler)[1]
    folder = tools.TARGET / "training" / hashlib.sha256(b"\0".join(made_of)).hexdigest()[:16]
    counts, order = folder / "counts.profdata", folder / "order"
    if not counts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        tools.say("measuring what the library runs most (some minutes, once for each compiler and set of dependencies)")
        with tempfile.TemporaryDirectory() as room:
            train(counting(environment, pathlib.Path(room)))
            whole = counts.with_suffix(".new")
            tools.run(profdata(root), "merge", "-o", whole, *sorted(pathlib.Path(room).glob("*.profraw")))
            whole.rename(counts)
    # Counts that are older than a function are left out, which is as it is meant, and need not be said of each.
    arguments = (f"-Cllvm-args={argument}" for argument in (*SMALL, RARE, "-no-pgo-warn-mismatch"))
    everywhere = [f"-Cprofile-use={counts}", *arguments]
    if not links_by_lld(compiler, root):
        return everywhere, []
    if not order.exists():
        tools.say("seeing what of the library a start runs (a minute or two, as often)")
        with tempfile.TemporaryDirectory() as room:
            names = start(named(environment, everywhere, pathlib.Path(room)))
        often = counted(tools.run(profdata(root), "show", "--all-functions", "--counts", counts, stdout=subprocess.PIPE))
        # It lies together, since the system reads by the page: what is run seldom first, and last what every call runs. The rest of what runs often the linker lays behind it, by
        # who calls whom.
        order.write_text("".join(f"{name}\n" for name in sorted(names, key=lambda name: (often.get(name, 0), name))))
    return everywhere, laid(order)


def laid(order):
    """What LLVM's linker alone can do: lay functions in an order, and keep one of those that are the same."""
    return ["-Clink-arg=-Wl,--no-warn-symbol-ordering", f"-Clink-arg=-Wl,--symbol-ordering-file={order}", "-Clink-arg=-Wl,--icf=all"]


def links_by_lld(compiler, root):
    """Whether the compiler links by its own copy of LLVM's linker, as it does from 1.90 on for Linux on x86-64 if it has one."""
    release = tuple(map(int, re.search(r"release: (\d+)\.(\d+)", compiler).groups()))
    return release >= (1, 90) and "x86_64-unknown-linux-gnu" in compiler and (root / "bin/gcc-ld/ld.lld").exists()


def profdata(root):
    """The compiler's own tool for counts."""
    tool = root / "bin/llvm-profdata"
    if not tool.exists() and shutil.which("rustup"):
        tools.say("installing llvm-tools (missing here)")
        tools.run("rustup", "component", "add", "llvm-tools", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if not tool.exists():
        raise tools.Failure(f"{tool} cannot be found: it comes with the compiler. Install with: rustup component add llvm-tools")
    return tool


def counting(environment, room):
    """Builds the library that counts, where programs find it."""
    target = tools.TARGET / "training" / "build"
    # What runs at build time counts, too: it goes where it is built, and away with that.
    more = [f"-Cprofile-generate={target}", *COUNTING, *(f"-Cllvm-args={argument}" for argument in SMALL)]
    library = found_in(room, tools.cargo_library(environment, more, [], target))
    shutil.rmtree(target)
    return library


def named(environment, everywhere, room):
    """Builds the library by counts, with the names of its functions, where programs find it."""
    return found_in(room, tools.cargo_library(environment, everywhere, ["-Cstrip=none"]))


def found_in(room, library):
    """A copy of a library, and the name by which the linker finds it."""
    shutil.copy(library, room / tools.SONAME)
    (room / tools.LIBRARY).symlink_to(room / tools.SONAME)
    return room / tools.LIBRARY


@contextlib.contextmanager
def programs(library):
    """The bench's programs with a library, and their server. Gives what runs one of them."""
    room = library.parent
    tools.need("cc")
    compile_ = ("cc", "-D_GNU_SOURCE", "-std=c11", "-O2")
    tools.run(*compile_, PEERS / "server.c", "-o", room / "server", "-pthread")
    for name in ("ours", "process", "stream"):
        tools.run(*compile_, PEERS / f"{name}.c", "-o", room / name, f"-L{room}", f"-l:{library.name}", f"-Wl,-rpath,{room}", "-pthread")
    server = subprocess.Popen([room / "server"], stdout=subprocess.PIPE, text=True)
    try:
        at = {name: f"http://127.0.0.1:{port}" for name, port in json.loads(server.stdout.readline()).items()}

        def program(name, *arguments, under=(), **more):
            (room / "log").unlink(missing_ok=True)
            # A file of counts for each process.
            variables = {"BENCH_ORIGIN": at["answer"], "BENCH_TOKEN": at["token"], "BENCH_BODY": json.dumps({"id": 7, "text": "a" * 94}), "BENCH_HTTP": "http1",
                         "BENCH_LOG": str(room / "log"), "BENCH_LOG_BYTES": str(1 << 30), "LLVM_PROFILE_FILE": str(room / "%p.profraw"), **more}
            done = tools.ended([*under, room / name, *arguments], env=tools.environment(variables), timeout=300)
            if done.returncode:
                raise tools.Failure(f"{name} {' '.join(arguments)} failed with status {done.returncode}\n{done.stdout}{done.stderr}")

        yield program
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def train(library):
    """Has programs work with the library that counts, which writes its counts beside itself."""
    room = library.parent
    tools.need("openssl")
    tools.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=training",
              "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", room / "key", "-out", room / "ca", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with programs(library) as program, Server() as plain, Server((room / "ca", room / "key")) as secure:
        for mode, in_flight in (("queue", "64"), ("queue", "256"), ("callback", "64"), ("fd", "64"), ("call", "1"), ("call", "64")):
            program("ours", mode, in_flight, "1")
        for mode in ("queue", "callback"):
            program("ours", mode, "256", "0.5", BENCH_HTTP="http2")
        program("ours", "queue", "64", "0.5", BENCH_CLIENTS="100")
        program("ours", "queue", "16", "1", BENCH_ORIGIN=plain.url)
        program("ours", "queue", "16", "1", BENCH_ORIGIN=secure.url, KEI_MTLS_CA_PATH=str(room / "ca"))
        program("stream", "1", "0.5", BENCH_ORIGIN=plain.url)
        program("process", "noop")
        program("process", "idle")


def start(library):
    """The names of all functions of a library that a start and a first call run."""
    tools.need("valgrind")
    seen = library.parent / "seen"
    with programs(library) as program:
        program("process", "idle", under=("valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={seen}"))
    return set(re.findall(r"^c?fn=\(\d+\) ([^'\n]+)", seen.read_text(), re.MULTILINE))


def counted(shown):
    """How often the most run part of each function was run."""
    found, name = {}, None
    for line in shown.splitlines():
        if named := re.match(r"  (\S.*):$", line):
            # Before the semicolon is the file of one that only its file knows.
            name = named[1].split(";")[-1]
        elif blocks := re.match(r"    Block counts: \[(.+)\]", line):
            found[name] = max(map(int, blocks[1].split(", ")))
    return found
