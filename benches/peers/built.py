"""Installs what the peers need, and builds all programs of this bench, each as whoever cares for speed would build it."""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))
import tools  # noqa: E402
from bindings import go  # noqa: E402
from bindings.kit import Kit  # noqa: E402

OUT = tools.TARGET / "peers"
C_FLAGS = ("-D_GNU_SOURCE", "-std=c11", "-O2", "-Wall", "-Wextra", "-pedantic", "-Werror")


def c(name, *flags):
    tools.run("cc", *C_FLAGS, HERE / f"c/{name}.c", "-o", OUT / name, *flags, "-pthread")


def versions(lock):
    """The versions of each crate in a lock file."""
    import tomllib
    found = {}
    for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]:
        found.setdefault(package["name"], set()).add(package["version"])
    return found


def same_versions():
    """The peers in Rust are to be the very crates that the library is built of."""
    ours, theirs = versions(tools.ROOT / "Cargo.lock"), versions(HERE / "Cargo.lock")
    other = [name for name in ("h2", "hyper", "hyper-util", "reqwest", "tokio", "tokio-tungstenite") if not theirs[name] <= ours[name]]
    if other:
        raise tools.Failure(f"benches/peers/Cargo.lock has other versions of {', '.join(other)} than the library. "
                            "Mend with: cp Cargo.lock benches/peers/ && cargo update --workspace --manifest-path benches/peers/Cargo.toml")


def build(languages):
    """Builds everything but the peers of languages that are not asked for."""
    if not sys.platform.startswith("linux"):
        raise tools.Failure("the peers are compared on Linux alone: the server is an epoll loop")
    same_versions()
    OUT.mkdir(parents=True, exist_ok=True)
    tools.need("cc")
    tools.need_header("curl/curl.h", "libcurl4-openssl-dev")
    tools.build_library()
    tools.say("building the peers")
    tools.run("cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", HERE / "Cargo.toml", env={**os.environ, "CARGO_TARGET_DIR": str(tools.TARGET)})
    c("server")
    c("curl", "-lcurl")
    c("first", "-ldl")
    for name in ("ours", "held", "process", "stream"):
        c(name, f"-L{tools.C}", "-lkei_agent", f"-Wl,-rpath,{tools.C}")
    tools.run("cc", *C_FLAGS, "-fPIC", "-shared", HERE / "c/allocations.c", "-o", OUT / "liballocations.so")
    if "go" in languages:
        with Kit() as kit:
            if go.go_version(tools.shutil.which("go")) < go.OLDEST:
                go.fetch_go(kit)
            tools.run(go.go(kit), "build", "-o", OUT / "go", ".", cwd=HERE / "go")
    if "node" in languages:
        tools.need("node", "npm")
        if not (HERE / "node/node_modules").exists():
            tools.run("npm", "ci", "--ignore-scripts", "--silent", cwd=HERE / "node")
