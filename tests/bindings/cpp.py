"""C++: the headers compiled by two compilers as three standards, run against the platform, under sanitizers and valgrind; the package; stress; the overhead."""

import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import tools

NAME = "cpp"
HERE = tools.ROOT / "bindings/cpp"
BUILD = tools.TARGET / "cpp"
COMPILERS = {"gcc": "g++", "clang": "clang++-19"}
STANDARDS = (17, 20, 23)
DEFAULT = ("gcc", 20)

tools.PACKAGES.update({"g++": "g++", "clang++-19": "clang-19 libclang-rt-19-dev", "cmake": "cmake", "ninja": "ninja-build", "doxygen": "doxygen"})


def prepare(_):
    """What building against the package needs. What the tests need besides is for `equipped`."""
    tools.need("g++", "cmake")


def equipped(*more):
    """The libraries that the tests are written with, and further commands."""
    tools.need("ninja", *more)
    for file, package in (("doctest/doctest.h", "doctest-dev"), ("nlohmann/json.hpp", "nlohmann-json3-dev"), ("spdlog/spdlog.h", "libspdlog-dev")):
        there = pathlib.Path("/usr/include") / file
        if not there.exists():
            tools.install(package)
        if not there.exists():
            raise tools.Failure(f"{there} cannot be found. Install with: sudo apt-get install {package}")


def built(kit, compiler, standard, *targets, sanitize=""):
    """The folder of programs that were built so. One of the ways with optimization, which finds more to warn of; the others compile faster without."""
    mode = "Release" if (compiler, standard) == DEFAULT else "Debug"
    folder = BUILD / "-".join(filter(None, (compiler, str(standard), sanitize.replace(",", "-"))))
    # One translation unit a program: the headers are read once, and what would clash in one program is found.
    kit.run("cmake", "-S", HERE, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILERS[compiler]}", f"-DCMAKE_CXX_STANDARD={standard}",
            "-DCMAKE_CXX_EXTENSIONS=OFF", f"-DCMAKE_BUILD_TYPE={mode}", "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG", "-DCMAKE_UNITY_BUILD=ON", "-DCMAKE_UNITY_BUILD_BATCH_SIZE=0", "-DKEI_AGENT_CPP_TESTS=ON",
            f"-DKEI_AGENT_SANITIZE={sanitize}", f"-DKEI_AGENT_LIBRARY={kit.library / tools.LIBRARY}", f"-DKEI_AGENT_INCLUDE={kit.include}",
            stdout=subprocess.DEVNULL)
    kit.run("nice", "ninja", "-C", folder, "-j2", *targets, stdout=subprocess.PIPE)
    return folder / "tests"


def ran(kit, name, *command, **more):
    """The suite of a program that talks to a platform of its own."""
    with kit.platform() as platform:
        return kit.suite(name, command, env=kit.environment(platform.variables, **more))


def test(kit):
    equipped("clang++-19", "doxygen", "valgrind", "llvm-symbolizer")
    for compiler in COMPILERS:
        for standard in STANDARDS:
            programs = built(kit, compiler, standard, "unit", "no_exceptions")
            yield ran(kit, f"cpp {compiler} C++{standard}", programs / "unit")
            yield ran(kit, f"cpp {compiler} C++{standard}, without exceptions and RTTI", programs / "no_exceptions")
    yield headers_alone(kit)
    programs = built(kit, *DEFAULT, "vectors", "processes", "stress")
    yield from kit.vectors("cpp vectors", (programs / "vectors",), ways=("call", "submit", "async"))
    yield kit.suite("cpp processes that end while busy, and forks", (programs / "processes", 40), env=kit.environment({}))
    yield ran(kit, "cpp short stress", programs / "stress", 10_000)
    yield from sanitized(kit)
    yield under_valgrind(kit, built(kit, "gcc", 17, "no_exceptions") / "no_exceptions")
    yield documented(kit)
    yield quick_start(kit, kit.folder / "cpp-quick-start", added(HERE, kit))
    yield quick_start(kit, kit.folder / "cpp-side-by-side", added(HERE, kit), page=tools.ROOT / "docs/wrappers.md", says="succeeded")
    yield from example(kit)
    yield by_the_root(kit)


def headers_alone(kit):
    """Each header compiles by itself, and twice."""
    headers = sorted(path.relative_to(HERE / "include") for path in (HERE / "include").rglob("*.hpp"))
    bad = ""
    for header in headers:
        command = ["g++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{HERE}/include", f"-I{kit.include}", "-x", "c++", "-"]
        done = subprocess.run(command, input=f"#include <{header}>\n#include <{header}>\n", text=True, capture_output=True, check=False)
        bad += f"{header}: {done.stderr}\n" if done.returncode else ""
    failed = bad.count(".hpp: ")
    return "cpp headers alone", len(headers) - failed, failed, bad


def sanitized(kit):
    """The wrapper's code instrumented, against the library as it ships."""
    options = {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    programs = built(kit, "clang", 20, "unit", "vectors", "stress", sanitize="address,undefined")
    yield ran(kit, "cpp under AddressSanitizer and UBSan", programs / "unit", **options)
    yield from kit.vectors("cpp vectors under AddressSanitizer and UBSan", (programs / "vectors",), ways=("async",), env=kit.environment({}, **options))
    yield ran(kit, "cpp short stress under AddressSanitizer and UBSan", programs / "stress", 5_000, **options)


def under_valgrind(kit, program):
    return ran(kit, "cpp under valgrind", "valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect",
               f"--suppressions={tools.ROOT}/tests/c/valgrind.supp", program)


def documented(kit):
    """Doxygen understands every comment and misses none."""
    out = kit.folder / "cpp-doxygen"
    out.mkdir(exist_ok=True)
    settings = (HERE / "Doxyfile").read_text() + f"\nOUTPUT_DIRECTORY = {out}\n"
    done = subprocess.run(["doxygen", "-"], input=settings, cwd=HERE, text=True, capture_output=True, check=False)
    bad = int(done.returncode != 0 or "warning" in done.stderr or not (out / "html/index.html").exists())
    return "cpp documentation", 1 - bad, bad, done.stderr


def first_program(page):
    """The first block of C++ on a page: a whole program."""
    return re.search(r"```cpp\n(.*?)```", page.read_text(), re.DOTALL)[1]


def added(source, kit):
    """The CMake lines of a project that takes the headers from their source, and how it is configured."""
    return f"set(KEI_AGENT_LIBRARY {kit.library / tools.LIBRARY})\nset(KEI_AGENT_INCLUDE {kit.include})\nadd_subdirectory({source} kei)\n", ()


def quick_start(kit, folder, how, target="kei_agent::cpp", page=HERE / "README.md", says="math.evaluate"):
    """The program on a page, as it stands there, in a project of its own."""
    lines, definitions = how
    folder.mkdir(exist_ok=True)
    (folder / "main.cpp").write_text(first_program(page))
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.18)\nproject(quick_start CXX)\n" + lines +
                                           f"add_executable(quick_start main.cpp)\ntarget_link_libraries(quick_start PRIVATE {target})\n")
    kit.run("cmake", "-S", folder, "-B", folder / "build", *definitions, stdout=subprocess.PIPE)
    kit.run("cmake", "--build", folder / "build", stdout=subprocess.PIPE)
    with kit.platform() as platform:
        done = kit.ended((folder / "build/quick_start",), env=kit.environment(platform.variables), cwd=folder)
    good = done.returncode == 0 and says in done.stdout
    return f"cpp program in {page.relative_to(tools.ROOT)}, {target}", int(good), int(not good), f"{done.stdout}{done.stderr}status {done.returncode}\n"


def example(kit):
    """The example agent: what it prints tells that each part did its work."""
    folder = BUILD / "example"
    kit.run("cmake", "-S", tools.ROOT / "examples/cpp", "-B", folder, "-G", "Ninja", f"-DKEI_AGENT_LIBRARY={kit.library / tools.LIBRARY}",
            f"-DKEI_AGENT_INCLUDE={kit.include}", stdout=subprocess.DEVNULL)
    kit.run("nice", "ninja", "-C", folder, "-j2", stdout=subprocess.PIPE)
    for program, lines in (("agent", ("plan: ", "64 of 64 answers", "heard: ", "cancelled: KEI_E_CANCELLED", "refused: KEI_E_REQUEST", "log: ")),
                           ("event_loop", ("20 outcomes in one loop",)), ("coroutine", ('"value":42',))):
        with kit.platform() as platform:
            done = kit.ended((folder / program,), env=kit.environment(platform.variables))
        missing = [line for line in lines if line not in done.stdout]
        good = done.returncode == 0 and not missing
        yield f"cpp example {program}", int(good), int(not good), f"{done.stdout}{done.stderr}status {done.returncode}, missing: {missing}\n"


def by_the_root(kit):
    """Who adds the whole repository to a project has the C++ target, too. Configuring shows it; building would build the library anew."""
    folder = kit.folder / "cpp-root"
    folder.mkdir(exist_ok=True)
    (folder / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.18)\nproject(user CXX C)\nadd_subdirectory({tools.ROOT} kei)\n"
                                           "if(NOT TARGET kei_agent::cpp)\n  message(FATAL_ERROR \"no kei_agent::cpp\")\nendif()\n")
    return kit.suite("cpp target of the whole repository", ("cmake", "-S", folder, "-B", folder / "build"), env=kit.environment({}))


def version():
    return re.search(r'"(.+)"', (HERE / "include/kei_agent/generated/version.hpp").read_text())[1]


def package(kit, out):
    """An archive of the headers with their CMake package, README and licences. It finds the C library's package, which is an archive of its own."""
    name = f"kei-agent-cpp-{version()}"
    staged = kit.folder / name
    shutil.rmtree(staged, ignore_errors=True)
    build = kit.folder / "cpp-package-build"
    kit.run("cmake", "-S", HERE, "-B", build, f"-DCMAKE_INSTALL_PREFIX={staged}", f"-DKEI_AGENT_LIBRARY={kit.library / tools.LIBRARY}",
            f"-DKEI_AGENT_INCLUDE={kit.include}", stdout=subprocess.DEVNULL)
    kit.run("cmake", "--install", build, stdout=subprocess.DEVNULL)
    for file in (HERE / "README.md", tools.ROOT / "LICENSE-MIT", tools.ROOT / "LICENSE-APACHE", tools.ROOT / "CHANGELOG.md"):
        shutil.copyfile(file, staged / file.name)
    archive = out / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as target:
        target.add(staged, name, filter=lambda entry: entry.replace(uid=0, gid=0, uname="root", gname="root", deep=False))
    return archive


def test_package(kit, package, folder):
    """Both archives unpacked, each somewhere else, and the README's quick start built with find_package."""
    from bindings import c
    c.prepare(kit)
    prefixes = []
    for archive in (pathlib.Path(package), pathlib.Path(c.package(kit, folder))):
        shutil.unpack_archive(archive, folder)
        prefixes.append(folder / archive.name.removesuffix(".tar.gz"))
    definitions = (f"-DCMAKE_PREFIX_PATH={';'.join(map(str, prefixes))}",)
    found = ("find_package(KeiAgentCpp 0.1 REQUIRED)\n", definitions)
    yield quick_start(kit, folder / "shared", found)
    yield quick_start(kit, folder / "static", found, "kei_agent::cpp_static")


def stress(kit, calls):
    equipped("clang++-19")
    for compiler, standard in (DEFAULT, ("clang", 17)):
        programs = built(kit, compiler, standard, "stress", "processes")
        yield ran(kit, f"cpp stress, {calls} calls, {compiler} C++{standard}", programs / "stress", calls)
    yield kit.suite("cpp processes that end while busy, and forks", (programs / "processes", 200), env=kit.environment({}))


def bench(kit):
    equipped()
    told = tools.run(built(kit, *DEFAULT, "bench") / "bench", stdout=subprocess.PIPE, env=kit.environment({}))
    print(told, end="", file=sys.stdout)
    found = re.findall(r": ([0-9.]+) us a call, ([+-][0-9.]+) us over C, (\d+) allocations  \[(\w+)\]", told)
    return {f"{key}_us": float(micros) for micros, _, _, key in found} | {f"{key}_allocations": int(count) for _, _, count, key in found}
