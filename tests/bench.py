"""All benches, each beside its peer in the same run. A bench that misses what is promised fails."""

import pathlib

import tools

BENCHES = ("redaction", "logging", "promptness", "token_read")


def work():
    tools.need("c++")
    if not pathlib.Path("/usr/include/spdlog/spdlog.h").exists():
        tools.install("libspdlog-dev")
    for bench in BENCHES:
        tools.say(f"bench: {bench}")
        tools.run("cargo", "bench", "--quiet", "--bench", bench)
    tools.say("bench: start")
    library, program = tools.build_library(), tools.C / "start"
    # Not linked against the library, which is then there before it is opened.
    tools.run("cc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-Iinclude", "benches/start.c", "-o", program, "-ldl")
    tools.run(program, library)
    print("\nall benches kept what is promised")
    return 0


tools.main(work)
