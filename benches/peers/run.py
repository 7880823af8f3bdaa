"""The same work done by ours and by its peers, in turns: `python3 benches/peers/run.py [--only NAME...] [--rounds N] [--seconds S] [--quick]`.

Prints a table, and writes target/bench/peers.json. See docs/performance.md for what the figures mean.
"""

import argparse
import json
import pathlib
import statistics
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]
import built  # noqa: E402
import chart  # noqa: E402
import promises  # noqa: E402
import tools  # noqa: E402
from contenders import Bench, Contender  # noqa: E402
from figures import FIGURES, Scale  # noqa: E402

ALL = ("hyper1", "curl1", "client1", "call1", "hyper8", "call8", "hyper64", "curl64", "client64", "reqwest64", "go64", "node64", "call64", "queue64", "callback64",
       "hyper256", "curl256", "client256", "queue256", "callback256")
HTTP2 = ("h2-hyper256", "h2-client256", "h2-reqwest256", "h2-queue256", "h2-callback256")
# How much of a core others may take before throughput says more of them than of what is measured.
QUIET = 0.05


def times(bench, contenders, rounds, seconds):
    """Figures of each contender: medians over the rounds, and the ratios to its base, round by round."""
    told = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            told[contender.name].append(bench.round(contender, seconds))
        print(f"    round {number + 1} of {rounds}", flush=True)
    rows = {}
    for contender in contenders:
        runs = told[contender.name]
        rate = [run["requests"] / run["seconds"] for run in runs]
        cpu = [run["cpu_s"] / run["requests"] * 1e6 for run in runs]
        row = {
            "label": contender.label, "ours": contender.ours, "in_flight": contender.in_flight, "per_second": statistics.median(rate), "cpu_us": statistics.median(cpu),
            **{name: statistics.median(run[name] for run in runs) for name in ("p50_us", "p99_us", "peak_rss_kib", "request_bytes", "others")},
        }
        for of in ("hyper", "client", "curl"):
            if others := told.get(contender.base.replace("hyper", of)):
                row[f"rate_of_{of}"] = statistics.median(mine / (run["requests"] / run["seconds"]) for mine, run in zip(rate, others))
                row[f"p50_of_{of}"] = statistics.median(run["p50_us"] / other["p50_us"] for run, other in zip(runs, others))
                row[f"cpu_of_{of}"] = statistics.median(mine / (run["cpu_s"] / run["requests"] * 1e6) for mine, run in zip(cpu, others))
        row["allocations"] = bench.allocated(contender)
        rows[contender.name] = row
    return rows


def table(rows):
    head = f"{'':<16}{'requests/s':>11}{'of hyper':>9}{'of client':>10}{'CPU us':>8}{'of hyper':>9}{'p50 us':>9}{'p99 us':>9}{'RSS KiB':>9}{'allocs':>8}{'sent B':>8}"
    lines = [head]
    for name, row in rows.items():
        rate, of_client, cpu = (f"{row[key]:.2f}" if key in row else "" for key in ("rate_of_hyper", "rate_of_client", "cpu_of_hyper"))
        allocations = f"{row['allocations']:.1f}" if row.get("allocations") is not None else ""
        lines.append(f"{name:<16}{row['per_second']:>11,.0f}{rate:>9}{of_client:>10}{row['cpu_us']:>8.1f}{cpu:>9}{row['p50_us']:>9.1f}{row['p99_us']:>9.1f}"
                     f"{row['peak_rss_kib']:>9,.0f}{allocations:>8}{row['request_bytes']:>8.0f}")
    others = statistics.median(row["others"] for row in rows.values())
    if others > QUIET:
        lines.append(f"other programs took {others:.0%} of a core meanwhile: compare CPU; ratios of requests/s and latencies say little")
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"these alone: clients, for example queue64 hyper64 curl64 h2-queue256; figures: {', '.join(FIGURES)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each is timed in each round")
    parser.add_argument("--quick", action="store_true", help="one short round of everything: whether it all works; no promise is judged")
    parser.add_argument("--no-build", action="store_true", help="take the programs as they were built before")
    parser.add_argument("--chart", action="store_true", help="write docs/peers.svg anew")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.seconds = 1, 0.3
    return given


def work():
    given = arguments()
    names = given.only or (*ALL, *HTTP2, *FIGURES)
    contenders = [Contender.named(name) for name in names if name not in FIGURES]
    if not given.no_build:
        built.build({contender.kind for contender in contenders})
    scale = Scale.quick() if given.quick else Scale(given.rounds, given.seconds)
    measured = {"rounds": given.rounds, "seconds": given.seconds, "clients": {}, "figures": {}}
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, Bench(pathlib.Path(folder)) as bench:
        if contenders:
            tools.say(f"{len(contenders)} clients in turns, {given.rounds} rounds of {given.seconds} s each")
            measured["clients"] = times(bench, contenders, given.rounds, given.seconds)
            print(table(measured["clients"]), flush=True)
        for name in (name for name in names if name in FIGURES):
            tools.say(FIGURES[name].__doc__.splitlines()[0])
            measured["figures"][name] = FIGURES[name](bench, scale)
            print("    " + ", ".join(f"{key} {value:,.6g}" for key, value in measured["figures"][name].items()), flush=True)
    measured["promises"] = [] if given.quick else promises.judged(measured)
    file = tools.TARGET / "bench/peers.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if given.chart:
        chart.write(measured["clients"], tools.ROOT / "docs/peers.svg")
    print(f"\n{promises.told(measured['promises'])}\n{file}")
    if failed := [row["promise"] for row in measured["promises"] if row["fails"]]:
        raise tools.Failure(f"{len(failed)} of what is promised was missed by more than the margin")
    return 0


tools.main(work)
