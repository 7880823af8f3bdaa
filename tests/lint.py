"""Formatting, clippy, documentation, and the licences of every crate that is built in. Any finding fails."""

import concurrent.futures
import os

import tools

DENY = "0.20.2"
# A workspace of its own.
PEERS = tools.ROOT / "benches/peers/Cargo.toml"


def cargo_deny():
    """cargo-deny of one version, in a folder of the checkout."""
    folder = tools.ROOT / ".tools" / f"cargo-deny-{DENY}"
    program = folder / "bin" / "cargo-deny"
    if not program.exists():
        tools.say(f"building cargo-deny {DENY} into .tools (once, some minutes)")
        # Unoptimized: it takes a few seconds more for its work, and minutes less to build.
        tools.run("cargo", "install", "--quiet", "--locked", "--debug", "--root", folder, f"cargo-deny@{DENY}")
    return program


def work():
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        # Its linker keeps one processor busy, for a minute or two.
        checked(beside.submit(cargo_deny))
    print("lint: passed")
    return 0


def checked(deny):
    """Everything; `deny` is where cargo-deny will be."""
    tools.say("rustfmt")
    tools.run("cargo", "fmt", "--all", "--check")
    tools.run("cargo", "fmt", "--manifest-path", PEERS, "--check")
    tools.say("clippy")
    tools.run("cargo", "clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings")
    # What fuzz targets alone are built with, which no test is.
    tools.run("cargo", "clippy", "--quiet", "--lib", "--", "-D", "warnings", "--cfg", "fuzzing")
    tools.run("cargo", "clippy", "--quiet", "--locked", "--manifest-path", PEERS, "--", "-D", "warnings", env={**os.environ, "CARGO_TARGET_DIR": str(tools.TARGET)})
    tools.say("rustdoc")
    tools.run("cargo", "doc", "--quiet", "--no-deps", "--package", "kei-agent",
              env={**os.environ, "RUSTDOCFLAGS": "-D warnings"})
    tools.say("licences, sources and banned crates")
    # Those of other systems, too, which no build here has fetched.
    tools.run("cargo", "fetch", "--quiet")
    tools.run(deny.result(), "--offline", "check", "licenses", "bans", "sources", "--hide-inclusion-graph")


tools.main(work)
