"""What is promised, and whether it is kept. One table: the promise, where its figure is, what it must be, and the margin for noise past which a miss fails the run."""

import dataclasses

import tools


@dataclasses.dataclass(frozen=True)
class Promise:
    """A figure that must be at least, or at most, so much."""

    text: str
    figure: object
    """Takes what was measured; answers the figure. A KeyError or TypeError says that it was not measured this time."""
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    fails_by: float | None = None
    """The run fails when the figure is worse by more than this share of what is promised. None: a miss is told, and no more."""

    def judge(self, measured):
        """(reached, verdict, whether the run fails), or None when it was not measured."""
        try:
            reached = self.figure(measured)
        except (KeyError, TypeError):
            return None
        margin = self.fails_by or 0
        if self.at_least is not None:
            kept, far = reached >= self.at_least, reached < self.at_least * (1 - margin)
        else:
            kept, far = reached <= self.at_most, reached > self.at_most * (1 + margin)
        return reached, "kept" if kept else "missed", far and self.fails_by is not None

    @property
    def target(self):
        return f"at least {self.at_least:g}{self.unit}" if self.at_least is not None else f"at most {self.at_most:g}{self.unit}"


def client(name, field):
    return lambda measured: measured["clients"][name][field]


def over(name, field):
    """How much more of it ours takes than bare hyper does."""
    return lambda measured: measured["clients"][name][field] - measured["clients"][name.replace("queue", "hyper")][field]


def figure(of, name, divided=1):
    return lambda measured: measured["figures"][of][name] / divided


def growth(measured):
    """How many times the memory of a tenth of the calls it is at the end."""
    return measured["figures"]["soak"]["all_kib"] / measured["figures"]["soak"]["tenth_kib"]


# How far the machine's noise may put a ratio, and a time. What is not reached yet has a margin of its own, which keeps it from getting worse.
RATIO, TIME = 0.10, 0.25

PROMISES = (
    *(Promise(f"throughput by {how}, {count} in flight, of bare hyper's", client(f"{how}{count}", "rate_of_hyper"), at_least=0.85, fails_by=0.55)
      for how in ("queue", "callback") for count in (64, 256)),
    *(Promise(f"throughput by {how}, {count} in flight, of libcurl multi's", client(f"{how}{count}", "rate_of_curl"), at_least=1.5, fails_by=0.25)
      for how in ("queue", "callback") for count in (64, 256)),
    *(Promise(f"CPU a request by {how}, {count} in flight, of libcurl multi's", client(f"{how}{count}", "cpu_of_curl"), at_most=1.0, fails_by=RATIO)
      for how in ("queue", "callback") for count in (64, 256)),
    Promise("kei_call from one thread: p50 of bare hyper's", client("call1", "p50_of_hyper"), at_most=1.10, fails_by=RATIO),
    Promise("kei_call from 64 threads: throughput of bare hyper's", client("call64", "rate_of_hyper"), at_least=0.6, fails_by=0.45),
    Promise("CPU of a call over bare hyper's, queue, 64 in flight", over("queue64", "cpu_us"), at_most=3, unit=" us", fails_by=3),
    Promise("allocations of a call over bare hyper's, queue, 64 in flight", over("queue64", "allocations"), at_most=25, fails_by=0),
    Promise("an operation that sends nothing, over the C interface", figure("noop", "write_ns"), at_most=300, unit=" ns", fails_by=3),
    Promise("HTTP/2, 256 streams, queue: throughput of bare hyper's", client("h2-queue256", "rate_of_hyper"), at_least=0.85, fails_by=0.6),
    Promise("messages of the stream, of bare tokio-tungstenite's", figure("websocket", "ratio"), at_least=0.7, fails_by=0.65),
    Promise("memory of each of 10,000 calls in flight, a connection each", figure("held", "ours_bytes", 1024), at_most=12, unit=" KiB", fails_by=2),
    Promise("memory of each of 10,000 calls in flight, HTTP/2", figure("held", "ours_http2_bytes", 1024), at_most=12, unit=" KiB", fails_by=0),
    Promise("memory of a C process with an idle client", figure("idle", "used_kib", 1024), at_most=5, unit=" MiB", fails_by=0.2),
    Promise("dlopen to the first answer", figure("first", "ours_ms"), at_most=2, unit=" ms", fails_by=TIME),
    Promise("100 clients: throughput of one client's", figure("clients", "ratio"), at_least=0.9, fails_by=RATIO),
    Promise("100 clients: threads more than with one", lambda measured: figure("clients", "hundred_threads")(measured) - figure("clients", "one_threads")(measured), at_most=0,
            fails_by=0),
    Promise("1,000,000 calls: memory at the end, of that at 100,000", growth, at_most=1.05, fails_by=0),
    Promise("1,000,000 calls: handles left", figure("soak", "left"), at_most=0, fails_by=0),
    Promise("libkei_agent.so, stripped", figure("size", "bytes", 1 << 20), at_most=8, unit=" MiB", fails_by=tools.MOST_BYTES / (8 << 20) - 1),
)


def judged(measured):
    """Each promise that was measured: (text, target, reached, verdict, fails)."""
    rows = []
    for promise in PROMISES:
        if verdict := promise.judge(measured):
            reached, word, fails = verdict
            rows.append({"promise": promise.text, "target": promise.target, "reached": round(reached, 3), "unit": promise.unit.strip(), "verdict": word, "fails": fails})
    return rows


def told(rows):
    lines = [f"{row['promise']:<66}{row['target']:>18}{row['reached']:>11g} {row['unit']:<4}{row['verdict']}{', FAILS THE RUN' * row['fails']}" for row in rows]
    return "\n".join(lines)
