"""`make test-sanitize`: the C tests with the library built under AddressSanitizer (with LeakSanitizer), and again under ThreadSanitizer."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import tools

TRIPLE = "x86_64-unknown-linux-gnu"
# One whose runtime knows all that the Rust compiler asks of it.
CLANG = "clang-19"
SECONDS = os.environ.get("SECONDS_OF_STORM", "20")
# The programs and their arguments. Not among them: `unload`, which loads the library by itself, where there is no place for a sanitizer's runtime, and
# `forks`: the sanitizers' own locks, that of the allocator first, stay held in a child when another thread had them as the process forked.
# `leaving` ends processes in the middle of their work, where a leak is no finding.
PROGRAMS = [("misuse", ()), ("table", ()), ("lifecycle", ()), ("callbacks", ()), ("leaving", (10,)), ("storm", (SECONDS, 8))]
KINDS = {
    "address": {
        "rust": "-Zsanitizer=address",
        "options": {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99"},
        "no_leaks": ("leaving",),
    },
    "thread": {
        "rust": "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        "options": {"TSAN_OPTIONS": "exitcode=99"},
    },
}


def toolchain():
    """A Rust toolchain with the source of the standard library, as the variables that choose it, and its folder. ThreadSanitizer must see the locks and
    fences of the standard library, so that is built anew. Where the toolchain in use lacks the source, Debian's own toolchain has it."""
    def has_source(rustc):
        return bool(shutil.which(rustc)) and (tools.sysroot(rustc) / "lib/rustlib/src/rust/library").exists()

    if has_source("rustc"):
        return {}
    if not has_source("/usr/bin/rustc"):
        tools.install("rustc-web", "cargo-web", "rust-web-src")
    if not has_source("/usr/bin/rustc"):
        raise tools.Failure("the source of Rust's standard library cannot be found. Install with: rustup component add rust-src")
    return {"RUSTC": "/usr/bin/rustc", "CARGO": "/usr/bin/cargo"}


def build(kind, rules, chosen):
    """The library as the sanitizer wants it, in a folder of its own: all of it instrumented, the standard library and the C code within it, too."""
    folder = tools.TARGET / "sanitize" / kind
    tools.say(f"building libkei_agent with {kind} sanitizer (some minutes the first time)")
    name = TRIPLE.replace("-", "_")
    environment = {**os.environ, **chosen, "RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": rules["rust"], f"CC_{name}": CLANG,
                   f"CFLAGS_{name}": f"-fsanitize={kind}", "AWS_LC_SYS_CFLAGS": f"-fsanitize={kind}", "CARGO_TARGET_DIR": str(folder)}
    tools.run(chosen.get("CARGO", "cargo"), "rustc", "--quiet", "--lib", "--crate-type", "cdylib", "--target", TRIPLE, "-Zbuild-std", env=environment)
    library = folder / TRIPLE / "debug" / tools.LIBRARY
    place = folder / "c"
    place.mkdir(exist_ok=True)
    for link, to in [(place / tools.SONAME, library), (place / tools.LIBRARY, place / tools.SONAME)]:
        link.unlink(missing_ok=True)
        link.symlink_to(to)
    return place


def compile_c(name, kind, place):
    program = place / name
    tools.run(CLANG, "-std=c11", "-g", "-O1", f"-fsanitize={kind}", "-fno-omit-frame-pointer", "-D_GNU_SOURCE", "-Iinclude",
              tools.ROOT / f"tests/c/{name}.c", "-o", program, f"-L{place}", "-lkei_agent", "-pthread", "-Wl,-rpath,$ORIGIN")
    return program


def work():
    tools.need(CLANG, "llvm-symbolizer")
    chosen = toolchain()
    kinds = sys.argv[1:] or list(KINDS)
    rows = []
    with tempfile.TemporaryDirectory() as folder, tools.Platform(tools.build_command_line(), folder) as platform:
        for kind in kinds:
            rules = KINDS[kind]
            place = build(kind, rules, chosen)
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
