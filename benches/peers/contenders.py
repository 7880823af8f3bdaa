"""Who does the work, and how one of them is run once: `hyper64` is bare hyper with 64 in flight, `h2-queue256` ours by the queue over HTTP/2."""

import contextlib
import dataclasses
import json
import os
import re
import resource
import subprocess
import time
import urllib.request

import built
import tools

# The program of each, and which mode of it.
PROGRAMS = {
    "hyper": ("{release}/kei-agent-peers", "hyper"),
    "client": ("{release}/kei-agent-peers", "client"),
    "reqwest": ("{release}/kei-agent-peers", "reqwest"),
    "curl": ("{peers}/curl", "multi"),
    "go": ("{peers}/go",),
    "node": ("node", "{here}/node/main.mjs"),
    "call": ("{peers}/ours", "call"),
    "queue": ("{peers}/ours", "queue"),
    "fd": ("{peers}/ours", "fd"),
    "callback": ("{peers}/ours", "callback"),
}
OURS = ("call", "queue", "fd", "callback")
# Debian's libcurl cannot use a connection again that it opened by prior knowledge (mended in curl 8.0); Go and undici speak HTTP/2 over TLS alone.
NOT_HTTP2 = ("curl", "go", "node")
LABELS = {
    "hyper": "bare hyper", "client": "hyper-util's client", "reqwest": "reqwest", "curl": "libcurl", "go": "Go net/http", "node": "Node undici", "call": "ours, kei_call",
    "queue": "ours, queue", "fd": "ours, queue by its descriptor", "callback": "ours, callback",
}
BEARER = "a-token-of-the-bench-0123456789abcdef"


def body():
    """Of a size by which bare hyper's request has 289 bytes."""
    return json.dumps({"id": 7, "text": "a" * 94}, separators=(",", ":"))


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do the work, with so many requests in flight."""

    kind: str
    in_flight: int
    http2: bool = False

    @classmethod
    def named(cls, name):
        found = re.fullmatch(rf"(h2-)?({'|'.join(PROGRAMS)})(\d+)", name)
        if not found:
            raise tools.Failure(f"`{name}` is nobody; a name is one of {', '.join(PROGRAMS)} with a number behind, and h2- before it for HTTP/2")
        if found[1] and found[2] in NOT_HTTP2:
            raise tools.Failure(f"{LABELS[found[2]]} is not compared by HTTP/2")
        return cls(found[2], int(found[3]), bool(found[1]))

    @property
    def name(self):
        return f"{'h2-' * self.http2}{self.kind}{self.in_flight}"

    @property
    def base(self):
        """Bare hyper at the same."""
        return f"{'h2-' * self.http2}hyper{self.in_flight}"

    @property
    def ours(self):
        return self.kind in OURS

    @property
    def label(self):
        how = "by one thread" if self.kind == "call" and self.in_flight == 1 else f"{self.in_flight} threads" if self.kind == "call" else f"{self.in_flight} in flight"
        return f"{LABELS[self.kind]}{' easy' * (self.kind == 'curl' and self.in_flight == 1)}{' multi' * (self.kind == 'curl' and self.in_flight > 1)}, {how}"

    def command(self, seconds):
        program = PROGRAMS[self.kind]
        if self.kind == "curl" and self.in_flight == 1:
            program = (program[0], "easy")
        places = {"release": tools.TARGET / "release", "peers": built.OUT, "here": built.HERE}
        return [*(part.format(**places) for part in program), str(self.in_flight), str(seconds)]


def busy(core):
    """Seconds that a core has worked for programs, or was taken by a hypervisor for others."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = next(line.split() for line in file if line.startswith(f"cpu{core} "))
    user, nice, system, steal = (int(fields[at]) for at in (1, 2, 3, 8))
    return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")


def used(process):
    """Seconds of a processor that a process that lives has used."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    """The server on one core, and clients on another."""

    def __init__(self, folder):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise tools.Failure("the peers are compared on two cores, one for the server; there is but one")
        self.server_core, self.client_core = cores[0], cores[-1]
        self.log = folder / "calls.log"
        self.allocations = folder / "allocations"
        self.server = subprocess.Popen([built.OUT / "server"], stdout=subprocess.PIPE, text=True, preexec_fn=self.on(self.server_core))
        self.ports = json.loads(self.server.stdout.readline())

    @staticmethod
    def on(core):
        return lambda: os.sched_setaffinity(0, {core})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def control(self, release=False):
        """What the server has seen."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.ports['control']}/", data=b"" if release else None, timeout=30) as answer:
            return json.load(answer)

    def environment(self, http2=False, port="answer", **more):
        at = "http://127.0.0.1:{}"
        return tools.environment({}, BENCH_ORIGIN=at.format(self.ports[port]), BENCH_TOKEN=at.format(self.ports["token"]), BENCH_BODY=body(),
                                 BENCH_BEARER=BEARER, BENCH_HTTP="http2" if http2 else "http1", BENCH_LOG=str(self.log),
                                 **{"BENCH_LOG_BYTES": str(1 << 40), **more})

    def program(self, command, env):
        """Runs a client's program; answers the last line of what it says, which is JSON."""
        done = subprocess.run([str(part) for part in command], env=env, capture_output=True, text=True, check=False, timeout=300, preexec_fn=self.on(self.client_core))
        if done.returncode:
            raise tools.Failure(f"{' '.join(map(str, command))} failed with status {done.returncode}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def others(self):
        """A list that gets the share of the two cores that other programs took meanwhile; of that core where it was more."""
        share = []
        children = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])  # noqa: E731
        looks = lambda: (time.monotonic(), busy(self.client_core) - children(), busy(self.server_core) - used(self.server))  # noqa: E731
        start, *before = looks()
        yield share
        end, *after = looks()
        share.append(max(0.0, *((late - early) / (end - start) for early, late in zip(before, after))))

    def round(self, contender, seconds, **more):
        """One run of a contender. Every call of ours must be in the log."""
        self.log.unlink(missing_ok=True)
        with self.others() as others:
            told = self.program(contender.command(seconds), self.environment(contender.http2, **more))
        told["others"] = others[0]
        if told["errors"]:
            raise tools.Failure(f"{contender.name}: {told['errors']} of its requests failed")
        if contender.ours:
            with open(self.log, "rb") as log:
                records = sum(b'"operation":"rpc.call"' in line for line in log)
            if records != told["all"]:
                raise tools.Failure(f"{contender.name}: {told['all']} calls, but {records} records of them in the log")
        told["request_bytes"] = self.control()["request_bytes"]
        return told

    def allocated(self, contender):
        """Allocations a request: what a longer run makes more than a shorter one. None where the program has an allocator of its own."""
        if contender.kind in ("go", "node"):
            return None
        counted = []
        for seconds in (0.1, 0.5):
            told = self.round(contender, seconds, LD_PRELOAD=str(built.OUT / "liballocations.so"), BENCH_ALLOCATIONS=str(self.allocations))
            counted.append((told["all"], int(self.allocations.read_text())))
        (few, less), (many, more) = counted
        return (more - less) / (many - few)
