"""All benches, each beside its peer in the same run. A bench that misses what is promised fails."""

import pathlib
import sys

import tools

BENCHES = ("redaction", "logging", "promptness", "token_read", "hot")


def work():
    tools.need("c++")
    if not pathlib.Path("/usr/include/spdlog/spdlog.h").exists():
        tools.install("libspdlog-dev")
    for bench in BENCHES:
        tools.say(f"bench: {bench}")
        tools.run("cargo", "bench", "--quiet", "--bench", bench)
    tools.run(sys.executable, "benches/peers/run.py")
    print("\nall benches kept what is promised")
    return 0


tools.main(work)
