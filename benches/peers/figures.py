"""The figures besides the timed work: memory, messages of the stream, the first answer, many clients, a million calls. Each answers a dictionary of numbers."""

import dataclasses
import json
import statistics
import subprocess
import threading

import built
import tools
from contenders import Contender


RUST = tools.TARGET / "release/kei-agent-peers"


def median_of(runs, value):
    return statistics.median(value(run) for run in runs)


def websocket(bench, scale):
    """Messages a second, ours beside bare tokio-tungstenite, in turns."""
    server = subprocess.Popen([RUST, "push"], stdout=subprocess.PIPE, text=True, preexec_fn=bench.on(bench.server_core))
    try:
        bench.ports["push"] = int(server.stdout.readline())
        env = bench.environment(port="push")
        ours, theirs = [], []
        for _ in range(scale.rounds):
            theirs.append(bench.program((RUST, "websocket", 1, scale.seconds), env))
            ours.append(bench.program((built.OUT / "stream", 1, scale.seconds), env))
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    rate = lambda run: run["requests"] / run["seconds"]  # noqa: E731
    ratio = statistics.median(rate(mine) / rate(other) for mine, other in zip(ours, theirs))
    cpu = lambda run: run["cpu_s"] / run["requests"] * 1e6  # noqa: E731
    return {"ours_per_second": median_of(ours, rate), "bare_per_second": median_of(theirs, rate), "ratio": ratio,
            "ours_cpu_us": median_of(ours, cpu), "bare_cpu_us": median_of(theirs, cpu)}


def until_held(bench, count, program):
    """Waits until the server holds so many requests, by asking it, for a minute at most."""
    late = threading.Event()
    timer = threading.Timer(60, late.set)
    timer.start()
    try:
        while (held := bench.control()["held"]) < count:
            if late.is_set() or program.poll() is not None:
                raise tools.Failure(f"{program.args[0]}: the server came to hold {held} requests of {count}")
    finally:
        timer.cancel()


def held_by(bench, command, count, http2=False):
    """Bytes for each request in flight, of a program that tells by two lines that it may go on."""
    program = subprocess.Popen([str(part) for part in command], env=bench.environment(http2, port="hold"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               preexec_fn=bench.on(bench.client_core))
    with program:
        for number in (1, count):
            until_held(bench, number, program)
            program.stdin.write("\n")
            program.stdin.flush()
        measure = json.loads(program.stdout.readline())
        bench.control(release=True)
        good = json.loads(program.stdout.readline())["good"]
    if good != count or program.returncode:
        raise tools.Failure(f"{command[0]}: {good} of {count} answers, status {program.returncode}")
    return measure["bytes"]


def held(bench, scale):
    """Memory of calls in flight, against a server that holds its answers: a connection for each, and streams of one connection."""
    count = scale.held
    return {"count": count, "ours_bytes": held_by(bench, (built.OUT / "held", count), count),
            "ours_http2_bytes": held_by(bench, (built.OUT / "held", count), count, http2=True),
            "bare_hyper_bytes": held_by(bench, (RUST, "held", count), count)}


def idle(bench, _scale):
    """Memory of a C process with a client."""
    return bench.program((built.OUT / "process", "idle"), bench.environment())


def noop(bench, _scale):
    """What an operation costs that sends nothing."""
    return bench.program((built.OUT / "process", "noop"), bench.environment())


def first(bench, scale):
    """Milliseconds to the first answer; the library's file is in memory already."""
    programs = {
        "ours_ms": (built.OUT / "first", "kei", tools.C / tools.LIBRARY),
        "curl_ms": (built.OUT / "first", "curl", "libcurl.so.4"),
        "reqwest_ms": (RUST, "first", 1, 1),
    }
    told = {name: [] for name in programs}
    for _ in range(scale.starts):
        for name, command in programs.items():
            told[name].append(bench.program(command, bench.environment())["ms"])
    return {name: statistics.median(times) for name, times in told.items()}


def clients(bench, scale):
    """A hundred clients in one process, beside one, with 64 calls in flight."""
    runs = {1: [], 100: []}
    for _ in range(scale.rounds):
        for count, told in runs.items():
            told.append(bench.round(Contender("queue", 64), scale.seconds, BENCH_CLIENTS=str(count)))
    rate = {count: [run["requests"] / run["seconds"] for run in told] for count, told in runs.items()}
    return {"one_per_second": statistics.median(rate[1]), "hundred_per_second": statistics.median(rate[100]),
            "ratio": statistics.median(many / one for one, many in zip(rate[1], rate[100])),
            "one_threads": runs[1][0]["threads"], "hundred_threads": runs[100][0]["threads"]}


def soak(bench, scale):
    """Memory and handles over many calls."""
    # The log of a million calls would fill a small /dev/shm.
    told = bench.program((built.OUT / "process", "soak", scale.calls), bench.environment(BENCH_LOG_BYTES=str(8 << 20)))
    if told["good"] != scale.calls:
        raise tools.Failure(f"{scale.calls - told['good']} of {scale.calls} calls failed")
    left = {kind: count - told["before"].get(kind, 0) for kind, count in told["after"].items()}
    return {"calls": scale.calls, "left": sum(left.values()), **{name: told[name] for name in ("tenth_kib", "half_kib", "all_kib")}}


def size(_bench, _scale):
    """The shared library's file, stripped."""
    return {"bytes": (tools.C / tools.LIBRARY).resolve().stat().st_size}


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much of each."""

    rounds: int
    seconds: float
    starts: int = 15
    held: int = 10_000
    calls: int = 1_000_000

    @classmethod
    def quick(cls):
        return cls(rounds=1, seconds=0.3, starts=2, held=200, calls=10_000)


FIGURES = {"size": size, "idle": idle, "first": first, "noop": noop, "held": held, "websocket": websocket, "clients": clients, "soak": soak}
