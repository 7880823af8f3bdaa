"""`make install`: the libraries, the header, the licences, kei_agent.pc and the CMake package, under PREFIX (and DESTDIR, if given)."""

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
                           "native-static-libs"], cwd=tools.ROOT, capture_output=True, text=True, check=False, env=tools.shipping())
    if done.returncode:
        raise tools.Failure(f"the static library could not be built\n{done.stderr}")
    remembered = tools.TARGET / "static" / "native-static-libs"
    if said := re.search(r"native-static-libs: (.*)", done.stderr):
        remembered.write_text(said[1].strip())
    # Cargo says it only when it builds anew.
    return localised(tools.TARGET / "static" / "libkei_agent.a"), remembered.read_text()


def localised(archive):
    """The archive as one object in which only `kei_*` can be seen. Rust's runtime and the libraries within would else meet those of any other
    Rust library in the program, and those of C the program's own: zstd, brotli and a cryptographic library are among them. Sections stay apart, so that
    a linker with --gc-sections still leaves out what is not used. Apple's linker has another way; there the archive stays as it is."""
    if tools.MAC:
        return archive
    tools.need("ld", "objcopy", "ar")
    folder = archive.parent / "localised"
    folder.mkdir(exist_ok=True)
    one, result = folder / "kei_agent.o", folder / archive.name
    # Without the groups of sections that a linker keeps but once: another library's would be taken for ours.
    tools.run("ld", "-r", "--force-group-allocation", "--whole-archive", archive, "-o", one)
    # The compiler's own form of the code, which some `ar` stumble over once it stands there several times, is of use to nobody.
    tools.run("objcopy", "--wildcard", "--keep-global-symbol=kei_*", "--remove-section=.llvmbc", "--remove-section=.llvmcmd", one)
    result.unlink(missing_ok=True)
    tools.run("ar", "rcs", result, one)
    one.unlink()
    return result


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


def lay_out(root, prefix, shared, static, private):
    """Puts everything under the folder `root`. `prefix` is where it will be found: an absolute path, or `${pcfiledir}/../..` for a tree that may be moved."""
    number = version()
    lib = root / "lib"
    # The library's own version is that of its ABI, as the number in its SONAME is; the package's goes its own way.
    name = tools.named(".".join(map(str, (*tools.abi(), 0))))
    put(shared, lib / name, 0o755)
    link(name, lib / tools.SONAME)
    link(tools.SONAME, lib / tools.LIBRARY)
    put(static, lib / "libkei_agent.a", 0o644)
    put(tools.ROOT / "include/kei_agent.h", root / "include/kei_agent.h", 0o644)
    for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
        put(tools.ROOT / licence, root / "share/licenses/kei-agent" / licence, 0o644)
    fill(PACKAGING / "kei_agent.pc.in", lib / "pkgconfig/kei_agent.pc", PREFIX=str(prefix), VERSION=number, PRIVATE=private)
    values = {"SHARED": name, "SONAME": tools.SONAME, "VERSION": number, "MAJOR": number.split(".", maxsplit=1)[0],
              "CMAKE_PRIVATE": ";".join(private.split())}
    for file in ("KeiAgentConfig.cmake", "KeiAgentConfigVersion.cmake"):
        fill(PACKAGING / f"cmake/{file}.in", lib / "cmake/KeiAgent" / file, **values)
    return number


def work():
    prefix = pathlib.PurePosixPath(os.environ.get("PREFIX", "/usr/local"))
    if not prefix.is_absolute():
        raise tools.Failure(f"PREFIX is {prefix}; it should be an absolute path")
    root = pathlib.Path(os.environ.get("DESTDIR", "") + str(prefix))
    number = lay_out(root, prefix, tools.build_library(), *build_static())
    print(f"installed libkei_agent {number} under {root}")
    return 0


if __name__ == "__main__":
    tools.main(work)
