"""`python -m tracker.bench [NAME ...]`: measure, and print each figure beside its goal.

`python -m tracker.bench measure CORPUS` also tells how right the measuring is, see `measure`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path

from tracker.bench.figure import Figure, Floor, Table, line, table
from tracker.bench.stage import Size, Stage, Trial, stage
from tracker.errors import TrackerError, sentence

NAMES = (
    "cli", "paint", "search", "similar", "reconcile", "tags", "measure", "rpc", "table", "memory",
    "drop",
)  # fmt: skip
INTERRUPTED = 130


def main() -> int:
    options = arguments().parse_args()
    options.names, corpus = split(options.names)
    if unknown := sorted(set(options.names) - set(NAMES)):
        print(
            f"there is no benchmark {unknown[0]!r}; known are {', '.join(NAMES)}", file=sys.stderr
        )
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started must be ended
    measured: list[tuple[str, Figure]] = []
    failures: list[str] = []
    try:
        with stage(size(options), options.folder, trial(options, corpus)) as where:
            for bench, figure in figures(where, options.names or NAMES, failures):
                if options.json:
                    print(line(bench, figure), flush=True)
                elif isinstance(figure, Table):
                    where.say("")
                    print(*figure.lines, sep="\n", flush=True)
                if isinstance(figure, Figure):
                    measured.append((bench, figure))
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if not options.json:
            print(*table(measured), sep="\n")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def figures(
    where: Stage, names: Collection[str], failures: list[str]
) -> Iterator[tuple[str, Figure | Table]]:
    """All that the benchmarks of these names measure; one that cannot does not end the others."""
    yield "machine", load("before")
    for name in (known for known in NAMES if known in names):
        where.say(name)
        try:
            for figure in import_module(f"tracker.bench.{name}").run(where):
                yield name, figure
        except (TrackerError, OSError) as error:
            failures.append(f"{name}: {sentence(error)}")
    yield "machine", load("after")


def load(when: str) -> Figure:
    """How busy the machine is with us and with others."""
    floor = Floor("CPUs", len(os.sched_getaffinity(0)))
    return Figure(f"load average {when}", os.getloadavg()[0], "processes", floor=floor)


def arguments() -> argparse.ArgumentParser:
    usual = Size()
    parser = argparse.ArgumentParser("python -m tracker.bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all, or {', '.join(NAMES)} [CORPUS]"
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each figure")
    for name, value in (
        ("rows", usual.rows),
        ("seconds", usual.seconds),
        ("repeats", usual.repeats),
    ):
        parser.add_argument(f"--{name}", type=int, default=value, metavar="N", help=SAYS[name])
    parser.add_argument("--long", action="store_true", help="measure a recording of 4 hours too")
    for name in ("only", "sets", "peers"):
        parser.add_argument(f"--{name}", type=listed, metavar="A,B", help=SAYS[name])
    parser.add_argument("--limit", type=int, metavar="N", help=SAYS["limit"])
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help=SAYS["jobs"])
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="work in a new folder of this one"
    )
    return parser


SAYS = {
    "rows": "tracks in the large library; %(default)s",
    "seconds": "length of the pieces that are read and measured; %(default)s",
    "repeats": "how often short things are measured; %(default)s",
    "only": "of measure: cost, memory, tempo, beats, key, false, confidence, alike, levels",
    "sets": "of the corpus; all",
    "peers": "compare with librosa, essentia, aubio, or none; all that can be imported",
    "limit": "recordings of each set; all",
    "jobs": "processes that hear the corpus; %(default)s",
}


def listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def split(names: list[str]) -> tuple[list[str], Path | None]:
    """The benchmarks, and the folder named behind "measure"."""
    for place, name in enumerate(names):
        if name not in NAMES and "measure" in names[:place] and Path(name).is_dir():
            return [*names[:place], *names[place + 1 :]], Path(name)
    return names, None


def trial(options: argparse.Namespace, corpus: Path | None) -> Trial:
    peers = None if options.peers is None else tuple(set(options.peers) - {"none"})
    jobs = max(1, options.jobs)
    return Trial(corpus, options.only or (), options.sets or (), options.limit, peers, jobs)


def size(options: argparse.Namespace) -> Size:
    return Size(options.rows, options.seconds, options.repeats, options.long)


if __name__ == "__main__":
    raise SystemExit(main())
