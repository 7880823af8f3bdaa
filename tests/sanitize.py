"""`make test-sanitize`: the C tests with the library built under AddressSanitizer (with LeakSanitizer), and again under ThreadSanitizer."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import tools

TRIPLE = "x86_64-unknown-linux-gnu"
SECONDS = os.environ.get("SECONDS_OF_STORM", "20")
# The programs and their arguments. Not among them: `unload`, which loads the library by itself, where there is no place for a sanitizer's runtime, and
# `forks`: the sanitizers' own locks, that of the allocator first, stay held in a child when another thread had them as the process forked.
# `leaving` ends processes in the middle of their work, where a leak is no finding.
PROGRAMS = [("misuse", ()), ("lifecycle", ()), ("callbacks", ()), ("leaving", (10,)), ("storm", (SECONDS, 8))]
KINDS = {
    "address": {
        "rust": "-Zsanitizer=address",
        "options": {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99", "LSAN_OPTIONS": f"suppressions={tools.ROOT}/tests/c/lsan.supp"},
        "no_leaks": ("leaving",),
    },
    "thread": {
        "rust": "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        "options": {"TSAN_OPTIONS": f"exitcode=99:suppressions={tools.ROOT}/tests/c/tsan.supp"},
    },
}


def build(kind, rules):
    """The library as the sanitizer wants it: instrumented, by the stable compiler, in a folder of its own. The C code within it is instrumented, too."""
    folder = tools.TARGET / "sanitize" / kind
    tools.say(f"building libkei_agent with {kind} sanitizer (some minutes the first time)")
    name = TRIPLE.replace("-", "_")
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": rules["rust"], f"CC_{name}": "clang",
                   f"CFLAGS_{name}": f"-fsanitize={kind}", "CARGO_TARGET_DIR": str(folder)}
    sources = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    # With the standard library's source at hand, that is instrumented, too.
    whole = ["-Zbuild-std"] if (pathlib.Path(sources) / "lib/rustlib/src/rust/library").exists() and kind == "thread" else []
    tools.run("cargo", "rustc", "--quiet", "--lib", "--crate-type", "cdylib", "--target", TRIPLE, *whole, env=environment)
    library = folder / TRIPLE / "debug" / tools.LIBRARY
    place = folder / "c"
    place.mkdir(exist_ok=True)
    for link, to in [(place / tools.SONAME, library), (place / tools.LIBRARY, place / tools.SONAME)]:
        link.unlink(missing_ok=True)
        link.symlink_to(to)
    return place


def compile_c(name, kind, place):
    """A C program with the sanitizer's runtime that the Rust compiler brings: clang's own may be too old for the code within the library."""
    program, part = place / name, place / f"{name}.o"
    tools.run("clang", "-std=c11", "-g", "-O1", f"-fsanitize={kind}", "-fno-omit-frame-pointer", "-D_GNU_SOURCE", "-Iinclude", "-c",
              tools.ROOT / f"tests/c/{name}.c", "-o", part)
    sysroot = pathlib.Path(tools.run("rustc", "--print", "sysroot", stdout=subprocess.PIPE).strip())
    short = {"address": "asan", "thread": "tsan"}[kind]
    runtime = next((sysroot / "lib/rustlib" / TRIPLE / "lib").glob(f"librustc-*_rt.{short}.a"))
    tools.run("clang", part, "-o", program, "-Wl,--whole-archive", runtime, "-Wl,--no-whole-archive", "-Wl,--export-dynamic", f"-L{place}",
              "-lkei_agent", "-pthread", "-ldl", "-lm", "-lrt", "-lresolv", "-Wl,-rpath,$ORIGIN")
    return program


def work():
    tools.need("clang", "llvm-symbolizer")
    kinds = sys.argv[1:] or list(KINDS)
    rows = []
    with tempfile.TemporaryDirectory() as folder, tools.Platform(tools.build_command_line(), folder) as platform:
        for kind in kinds:
            rules = KINDS[kind]
            place = build(kind, rules)
            platform.faults()
            for name, arguments in PROGRAMS:
                program = compile_c(name, kind, place)
                options = dict(rules["options"])
                if name in rules.get("no_leaks", ()):
                    options["ASAN_OPTIONS"] = options["ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0")
                variables = platform.variables if name == "storm" else {}
                done = subprocess.run([str(part) for part in (program, *arguments)], capture_output=True, text=True, check=False,
                                      env=tools.environment(variables, **options))
                good = done.returncode == 0 and re.search(r"\d+ passed, 0 failed", done.stdout) and "Sanitizer" not in done.stderr
                rows.append(bool(good))
                print(f"    {kind}: {name}: {'ok' if good else f'FAILED ({done.returncode})'}", flush=True)
                if not good:
                    print(f"{done.stdout}{done.stderr}"[-20000:])
    print(f"\nsanitizers: {sum(rows)} passed, {len(rows) - sum(rows)} failed")
    return int(not all(rows))


tools.main(work)
