"""C: the vectors, and what `make install` lays out as an archive that needs nothing but a C compiler."""

import tools

NAME = "c"


def prepare(_kit):
    tools.need("cc")
    tools.need_header("jansson.h", "libjansson-dev")


def compiled(kit, source, *flags):
    """A C test program, built against the kit's library; it finds the library where it is."""
    program = kit.folder / source.rsplit("/", 1)[-1].removesuffix(".c")
    kit.run("cc", "-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{kit.include}", kit.root / source, "-o", program,
            f"-L{kit.library}", "-lkei_agent", *flags, "-pthread", f"-Wl,-rpath,{kit.library}")
    return program


def test(kit):
    yield from kit.vectors("c vectors", (compiled(kit, "tests/c/vectors.c", "-ljansson"),), ways=("sync", "async"))
