"""C: the vectors; `make install`; and the archive of what it lays out, which needs a C compiler and nothing else."""

import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile

import tools
from packages import installed

sys.path.insert(0, str(tools.ROOT / "packaging"))
import install  # noqa: E402

NAME = "c"


def prepare(_kit):
    tools.need("cc", "cmake", "pkg-config")
    tools.need_header("jansson.h", "libjansson-dev")


def compiled(kit, source, *flags):
    """A C test program, built against the kit's library; it finds the library where it is."""
    program = kit.folder / source.rsplit("/", 1)[-1].removesuffix(".c")
    kit.run("cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{kit.include}", kit.root / source, "-o", program,
            f"-L{kit.library}", "-lkei_agent", *flags, "-pthread", f"-Wl,-rpath,{kit.library}")
    return program


def test(kit):
    json = kit.run("pkg-config", "--cflags", "--libs", "jansson", stdout=subprocess.PIPE).split()
    yield from kit.vectors("c vectors", (compiled(kit, "tests/c/vectors.c", *json),), ways=("sync", "async"))


def package(kit, out):
    """An archive of header, libraries, pkg-config file, CMake package and licences, which works wherever it is unpacked."""
    name = f"libkei_agent-{install.version()}-{platform.system().lower()}-{platform.machine()}"
    archive = out / f"{name}.tar.gz"
    # In a folder of its own each time: C++'s tests make one, too, and maybe at this moment.
    with tempfile.TemporaryDirectory(dir=kit.folder) as room:
        staged = pathlib.Path(room) / name
        install.lay_out(staged, "${pcfiledir}/../..", (kit.library / tools.LIBRARY).resolve(), kit.archive, " ".join(kit.archive_needs))
        for file in ("README.md", "CHANGELOG.md"):
            install.put(kit.root / file, staged / file, 0o644)
        with tarfile.open(archive, "w:gz") as target:
            target.add(staged, name, filter=lambda entry: entry.replace(uid=0, gid=0, uname="root", gname="root", deep=False))
    return archive


def test_package(kit, package, folder):
    """Unpacks it, builds programs against it in each way, and runs an example; then the same for `make install`."""
    shutil.unpack_archive(package, folder)
    prefix = folder / package.name.removesuffix(".tar.gz")
    installed.sources(folder)
    yield ("c archive", *installed.all_of(installed.of_a_prefix(prefix, folder)))
    yield from quick_start(kit, prefix, folder)
    again = folder / "again"
    again.mkdir()
    yield ("make install", *installed.all_of(installed.make_install(again)))


def quick_start(kit, prefix, folder):
    """The example agent, by the commands that the README gives, against the platform."""
    said = kit.run("pkg-config", "--cflags", "--libs", "kei_agent", env=kit.environment({}, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig")), stdout=subprocess.PIPE)
    kit.run("cc", kit.root / "examples/c/agent.c", *said.split(), f"-Wl,-rpath,{prefix}/lib", "-o", folder / "agent", cwd=folder)
    with kit.platform() as box:
        yield kit.suite("c example from the archive", (folder / "agent",), cwd=folder, env=kit.environment(box.variables))
