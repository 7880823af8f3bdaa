"""`make test-packages`: programs outside the tree build and run against what `make install` put into an empty folder."""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tools  # noqa: E402

HERE = tools.ROOT / "tests/packages"
tools.PACKAGES.update({"cmake": "cmake", "pkg-config": "pkg-config"})
ROWS = []


def works(name, program, **options):
    done = subprocess.run([program], capture_output=True, text=True, check=False, **options)
    good = done.returncode == 0 and '"version"' in done.stdout
    ROWS.append(good)
    print(f"    {name}: {'ok' if good else f'FAILED ({done.returncode})'}{'' if good else done.stdout + done.stderr}")


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
        works(f"pkg-config, {kind}", program, env=tools.environment({}, LD_LIBRARY_PATH=str(prefix / "lib")))
        if not tools.MAC and (tools.SONAME in linked(program)) != (kind == "shared"):
            raise tools.Failure(f"{program} is linked in the wrong way")


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
        works(f"beside another Rust library, {order[0].name} first", program)
    if not tools.MAC:
        seen = {line.split()[-1] for line in tools.run("nm", "-g", "--defined-only", archive, stdout=subprocess.PIPE).splitlines()
                if len(line.split()) == 3}
        listed = set((tools.ROOT / "abi/symbols.txt").read_text().split())
        ROWS.append(seen == listed)
        print(f"    symbols of the archive: {'ok' if seen == listed else f'FAILED: {sorted(seen ^ listed)[:20]}'}")


def moved(prefix, folder):
    """What was staged with DESTDIR works where it is moved to."""
    stage = folder / "stage"
    tools.run("make", "--no-print-directory", "install", "PREFIX=/opt/kei", f"DESTDIR={stage}", stdout=subprocess.DEVNULL)
    said = (stage / "opt/kei/lib/pkgconfig/kei_agent.pc").read_text()
    ROWS.append("prefix=/opt/kei\n" in said and str(stage) not in said)
    place = folder / "moved here"
    (stage / "opt/kei").rename(place)
    with_cmake(folder, "moved", f"-DCMAKE_PREFIX_PATH={place}")
    versioned = tools.named(".".join(map(str, (*tools.abi(), 0))))
    names = sorted(file.name for file in (place / "lib").glob("libkei_agent.*") if not file.name.endswith(".a"))
    ROWS.append(names == sorted([tools.LIBRARY, tools.SONAME, versioned]) and not (place / "lib" / versioned).is_symlink())
    print(f"    installed as {', '.join(names)}: {'ok' if ROWS[-1] else 'FAILED'}")


def with_cmake(folder, name, *definitions):
    build = folder / name
    tools.run("cmake", "-S", folder, "-B", build, "-DCMAKE_BUILD_TYPE=Release", *definitions, stdout=subprocess.DEVNULL)
    tools.run("cmake", "--build", build, stdout=subprocess.DEVNULL)
    for program in sorted(build.glob("consumer_*")):
        works(f"CMake {name}, {program.name}", program, env=tools.environment({}))


def work():
    tools.need("cc", "cmake", "pkg-config")
    with tempfile.TemporaryDirectory() as place:
        folder, prefix = pathlib.Path(place), pathlib.Path(place) / "prefix"
        tools.run("make", "--no-print-directory", "install", f"PREFIX={prefix}")
        for file in ("main.c", "CMakeLists.txt", "two.c", "other.rs"):
            (folder / file).write_text((HERE / file).read_text())
        with_pkg_config(prefix, folder)
        with_cmake(folder, "find_package", f"-DCMAKE_PREFIX_PATH={prefix}")
        beside_another(prefix, folder)
        moved(prefix, folder)
        with_cmake(folder, "FetchContent", f"-DKEI_AGENT_SOURCE={tools.ROOT}")
    print(f"\npackages: {sum(ROWS)} passed, {len(ROWS) - sum(ROWS)} failed")
    return int(not all(ROWS))


tools.main(work)
