"""Formatting, clippy, documentation, and the licences of every crate that is built in. Any finding fails."""

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
        tools.run("cargo", "install", "--quiet", "--locked", "--root", folder, f"cargo-deny@{DENY}")
    return program


def work():
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
    tools.run(cargo_deny(), "--offline", "check", "licenses", "bans", "sources", "--hide-inclusion-graph")
    print("lint: passed")
    return 0


tools.main(work)
