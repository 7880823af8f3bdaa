"""`make install`: the libraries, the header, kei_agent.pc and the CMake package, under PREFIX (and DESTDIR, if given)."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
import tools  # noqa: E402

PACKAGING = tools.ROOT / "packaging"


def version():
    metadata = json.loads(tools.run("cargo", "metadata", "--no-deps", "--format-version", "1", stdout=subprocess.PIPE))
    return next(package["version"] for package in metadata["packages"] if package["name"] == "kei-agent")


def build_static():
    """The static library, and the system libraries that whoever links it needs. Without link-time optimization, which would
    bring its own copies of Rust's symbols and clash with any other Rust library in the program."""
    tools.say("building libkei_agent.a (some minutes the first time)")
    done = subprocess.run(["cargo", "rustc", "--profile", "static", "--lib", "--crate-type", "staticlib", "--", "--print",
                           "native-static-libs"], cwd=tools.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise tools.Failure(f"the static library could not be built\n{done.stderr}")
    remembered = tools.TARGET / "static" / "native-static-libs"
    if said := re.search(r"native-static-libs: (.*)", done.stderr):
        remembered.write_text(said[1].strip())
    # Cargo says it only when it builds anew.
    return tools.TARGET / "static" / "libkei_agent.a", remembered.read_text()


def fill(source, target, **values):
    text = source.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    tools.say(str(target))


def put(source, target, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)
    tools.say(str(target))


def link(to, name):
    name.unlink(missing_ok=True)
    name.symlink_to(to)
    tools.say(f"{name} -> {to}")


def work():
    prefix = pathlib.PurePosixPath(os.environ.get("PREFIX", "/usr/local"))
    if not prefix.is_absolute():
        raise tools.Failure(f"PREFIX is {prefix}; it should be an absolute path")
    root = pathlib.Path(os.environ.get("DESTDIR", "") + str(prefix))
    number = version()
    major = number.split(".", maxsplit=1)[0]
    shared = tools.build_library()
    static, private = build_static()
    lib = root / "lib"
    name = f"libkei_agent.{number}.dylib" if tools.MAC else f"libkei_agent.so.{number}"
    put(shared, lib / name, 0o755)
    link(name, lib / tools.SONAME)
    link(tools.SONAME, lib / tools.LIBRARY)
    put(static, lib / "libkei_agent.a", 0o644)
    put(tools.ROOT / "include/kei_agent.h", root / "include/kei_agent.h", 0o644)
    fill(PACKAGING / "kei_agent.pc.in", lib / "pkgconfig/kei_agent.pc", PREFIX=str(prefix), VERSION=number, PRIVATE=private)
    values = {"SHARED": name, "SONAME": tools.SONAME, "VERSION": number, "MAJOR": major,
              "CMAKE_PRIVATE": ";".join(private.split())}
    for file in ("KeiAgentConfig.cmake", "KeiAgentConfigVersion.cmake"):
        fill(PACKAGING / f"cmake/{file}.in", lib / "cmake/KeiAgent" / file, **values)
    print(f"installed libkei_agent {number} under {root}")
    return 0


tools.main(work)
