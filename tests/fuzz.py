"""`make fuzz`: every fuzz target for a while, with coverage and AddressSanitizer. SECONDS says how long each; default 60. TARGETS may name some."""

import os
import re
import subprocess

import tools

TRIPLE = "x86_64-unknown-linux-gnu"
FUZZ = tools.ROOT / "fuzz"
# What libFuzzer needs of the compiler: counters at every edge, comparisons traced, and the sanitizer's checks.
FLAGS = ("-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters "
         "-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address --cfg fuzzing -Ccodegen-units=4")


def build():
    tools.say("building the fuzz targets (some minutes the first time)")
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": FLAGS, "CARGO_TARGET_DIR": str(tools.TARGET / "fuzz")}
    tools.run("cargo", "build", "--quiet", "--release", "--target", TRIPLE, "--manifest-path", FUZZ / "Cargo.toml", env=environment)
    return tools.TARGET / "fuzz" / TRIPLE / "release"


def work():
    tools.need("cc", "c++")
    seconds = int(os.environ.get("SECONDS", "60"))
    built = build()
    targets = os.environ.get("TARGETS", "").split() or sorted(path.stem for path in (FUZZ / "targets").glob("*.rs"))
    rows = []
    for target in targets:
        # What is found grows a corpus of its own; the committed one is where it begins.
        grown, found = tools.TARGET / "fuzz/corpus" / target, tools.TARGET / "fuzz/artifacts" / target
        for folder in (grown, found):
            folder.mkdir(parents=True, exist_ok=True)
        tools.say(f"fuzzing {target} for {seconds} s")
        done = subprocess.run([built / target, grown, FUZZ / "corpus" / target, f"-max_total_time={seconds}", f"-artifact_prefix={found}/",
                               "-print_final_stats=1", "-max_len=4096", "-rss_limit_mb=4096", "-timeout=60"],
                              capture_output=True, text=True, check=False, env=tools.environment({}, ASAN_OPTIONS="detect_leaks=0"))
        count = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
        good = done.returncode == 0 and count is not None
        rows.append(good)
        print(f"    {target}: {count[1] if count else 'no'} executions, {'no finding' if good else 'FAILED'}", flush=True)
        if not good:
            print(done.stderr[-8000:])
    print(f"\nfuzz: {sum(rows)} passed, {len(rows) - sum(rows)} failed")
    return int(not all(rows))


tools.main(work)
