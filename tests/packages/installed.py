"""Programs outside the tree build and run against what `make install`, or an archive, put into a folder. Each check yields (name, whether it is good, output)."""

import os
import shutil
import subprocess

import tools

HERE = tools.ROOT / "tests/packages"


def sources(folder):
    """The programs' sources, in a folder outside the tree."""
    for file in ("main.c", "CMakeLists.txt", "two.c", "other.rs"):
        shutil.copyfile(HERE / file, folder / file)


def works(name, program, **options):
    done = tools.ended((program,), **options)
    return name, done.returncode == 0 and '"version"' in done.stdout, f"{done.stdout}{done.stderr}status {done.returncode}\n"


def linked(program):
    return tools.run("readelf", "-d", program, stdout=subprocess.PIPE)


def with_pkg_config(prefix, folder):
    environment = tools.environment({}, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    for kind, flags in (("shared", []), ("static", ["--static"])):
        said = tools.run("pkg-config", "--cflags", "--libs", *flags, "kei_agent", env=environment, stdout=subprocess.PIPE)
        arguments = said.split()
        if kind == "static":
            # pkg-config has no way to ask for the archive where both are there.
            arguments = [str(prefix / "lib/libkei_agent.a") if argument == "-lkei_agent" else argument for argument in arguments]
        program = folder / f"pkg-config-{kind}"
        tools.run("cc", "main.c", "-o", program, *arguments, cwd=folder)
        yield works(f"pkg-config, {kind}", program, env=tools.environment({}, LD_LIBRARY_PATH=str(prefix / "lib")))
        if not tools.MAC:
            yield f"pkg-config links {kind}", (tools.SONAME in linked(program)) == (kind == "shared"), linked(program)


def beside_another(prefix, folder):
    """Two Rust libraries in one program, in either order, and nothing to be seen of ours but its interface."""
    archive = prefix / "lib/libkei_agent.a"
    tools.run("rustc", "--edition", "2024", "--crate-type", "staticlib", "-O", "other.rs", "-o", folder / "libother.a", cwd=folder)
    private = tools.run("pkg-config", "--static", "--libs", "kei_agent", stdout=subprocess.PIPE,
                        env=tools.environment({}, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))).split()
    private = [argument for argument in private if argument != "-lkei_agent"]
    for order in ((archive, folder / "libother.a"), (folder / "libother.a", archive)):
        program = folder / f"two-{order[0].stem}-first"
        tools.run("cc", "two.c", f"-I{prefix}/include", "-Wl,--gc-sections", "-o", program, *order, *private, cwd=folder)
        yield works(f"beside another Rust library, {order[0].name} first", program)
    if not tools.MAC:
        seen = {line.split()[-1] for line in tools.run("nm", "-g", "--defined-only", archive, stdout=subprocess.PIPE).splitlines()
                if len(line.split()) == 3}
        listed = set((tools.ROOT / "abi/symbols.txt").read_text().split())
        yield "symbols of the archive", seen == listed, f"{sorted(seen ^ listed)[:20]}\n"


def moved(prefix, folder):
    """What was staged with DESTDIR works where it is moved to."""
    stage = folder / "stage"
    tools.run("make", "--no-print-directory", "install", "PREFIX=/opt/kei", f"DESTDIR={stage}", stdout=subprocess.DEVNULL)
    said = (stage / "opt/kei/lib/pkgconfig/kei_agent.pc").read_text()
    yield "staged", "prefix=/opt/kei\n" in said and str(stage) not in said, said
    place = folder / "moved here"
    (stage / "opt/kei").rename(place)
    yield from with_cmake(folder, "moved", f"-DCMAKE_PREFIX_PATH={place}")
    versioned = tools.named(".".join(map(str, (*tools.abi(), 0))))
    names = sorted(file.name for file in (place / "lib").glob("libkei_agent.*") if not file.name.endswith(".a"))
    yield "names", names == sorted([tools.LIBRARY, tools.SONAME, versioned]) and not (place / "lib" / versioned).is_symlink(), f"{names}\n"


def with_cmake(folder, name, *definitions):
    build = folder / name
    tools.run("cmake", "-S", folder, "-B", build, "-DCMAKE_BUILD_TYPE=Release", *definitions, stdout=subprocess.DEVNULL)
    tools.run("cmake", "--build", build, stdout=subprocess.DEVNULL)
    for program in sorted(build.glob("consumer_*")):
        yield works(f"CMake {name}, {program.name}", program, env=tools.environment({}))


def of_a_prefix(prefix, folder):
    """What holds of any folder with the library in it."""
    yield from with_pkg_config(prefix, folder)
    yield from with_cmake(folder, "find_package", f"-DCMAKE_PREFIX_PATH={prefix}")
    yield from beside_another(prefix, folder)


def all_of(checks):
    """(passed, failed, output) of checks."""
    rows = list(checks)
    return sum(good for _, good, _ in rows), sum(not good for _, good, _ in rows), "".join(f"FAILED: {name}\n{output}" for name, good, output in rows if not good)


def make_install(folder):
    """`make install` into an empty folder; the same moved; and the source tree from CMake."""
    prefix = folder / "prefix"
    tools.run("make", "--no-print-directory", "install", f"PREFIX={prefix}", env={**os.environ}, stdout=subprocess.DEVNULL)
    sources(folder)
    yield from of_a_prefix(prefix, folder)
    yield from moved(prefix, folder)
    yield from with_cmake(folder, "FetchContent", f"-DKEI_AGENT_SOURCE={tools.ROOT}")
