"""Tables of how right the answers are: by source, by system, and what of it is a goal's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tracker.bench import accuracy, made, reliability, retrieval
from tracker.bench.answers import OURS, Answer, Heard
from tracker.bench.figure import Cell, Table
from tracker.bench.goals import Reached
from tracker.bench.interval import Mean, mean, share
from tracker.bench.truth import Truth

POOLED = "all"
SURE = 0.5
"""The confidence from which on an answer is confident."""
CHANGING, RUBATO = "changing", "expressive"
Reach = dict[str, Reached | None]


class Judged(NamedTuple):
    """A recording, what is known of it, and what was answered."""

    truth: Truth
    heard: Heard

    def answer(self, system: str) -> Answer:
        return self.heard.answers[system]


Columns = dict[str, Callable[[Sequence[Any]], Mean | None]]
"""Heading -> the mean of the scores of some recordings."""


def _share(name: str) -> Callable[[Sequence[Any]], Mean | None]:
    return lambda scores: share(getattr(score, name) for score in scores)


def _mean(name: str) -> Callable[[Sequence[Any]], Mean | None]:
    return lambda scores: mean(getattr(score, name) for score in scores)


TEMPO: Columns = {
    "answered %": _share("answered"), "Acc1 %": _share("acc1"), "Acc2 %": _share("acc2"),
    "0.05 BPM %": _share("sharp"), "... octave free": _share("sharp_free"),
    "0.5 BPM %": _share("rough"), "... octave free ": _share("rough_free"),
    "first two %": _share("first_two"),
}  # fmt: skip
BEATS: Columns = {
    "answered %": _share("answered"), "F": _mean("f"), "CMLt": _mean("same_level"),
    "AMLt": _mean("any_level"), "within 10 ms %": _share("in_phase"),
    "off-beat %": _share("off_beat"),
}  # fmt: skip
KEY: Columns = {
    "answered %": _share("answered"), "exact %": _share("exact"), "MIREX": _mean("mirex"),
}  # fmt: skip

Score = Callable[[Judged, str], Any]


def tempo_score(one: Judged, system: str) -> accuracy.TempoScore:
    answer = one.answer(system)
    assert one.truth.bpm is not None  # noqa: S101 - only steady ones are asked
    return accuracy.tempo(one.truth.bpm, answer.bpm, answer.second)


def beats_score(one: Judged, system: str) -> accuracy.BeatScore:
    length = one.heard.seconds
    true = [time for time in one.truth.beats or () if 0 <= time < length]
    return accuracy.beats(true, one.answer(system).beats)


def key_score(one: Judged, system: str) -> accuracy.KeyScore:
    return accuracy.key(one.truth.key or "X", one.answer(system).key)


def compared(
    what: str, rows: Sequence[Judged], columns: Columns, score: Score, each: str
) -> Iterator[Table]:
    """Ours by source; all systems over all sources; and one column of all systems by source."""
    if not rows:
        return
    every = {name: [score(one, name) for one in rows] for name in rows[0].heard.answers}
    scores = {  # without those that answer no such question
        name: some for name, some in every.items() if name == OURS or any(x.answered for x in some)
    }
    systems = list(scores)
    sources = [POOLED, *sorted({one.truth.set for one in rows})]
    inside = {
        source: [n for n, one in enumerate(rows) if source in (POOLED, one.truth.set)]
        for source in sources
    }

    def means(system: str, source: str, names: Iterable[str]) -> list[Cell]:
        some = [scores[system][number] for number in inside[source]]
        return [columns[name](some) for name in names]

    yield Table(
        f"{what}: {OURS}, by source (95 % intervals)",
        ("source", "n", *columns),
        [(one, len(inside[one]), *means(OURS, one, columns)) for one in sources],
    )
    if len(systems) == 1:
        return
    yield Table(
        f"{what}: all systems, all {len(rows)} recordings",
        ("system", *columns),
        [(system, *means(system, POOLED, columns)) for system in systems],
    )
    yield Table(
        f"{what}: {each}, by source and system",
        ("source", "n", *systems),
        [
            (one, len(inside[one]), *(means(system, one, [each])[0] for system in systems))
            for one in sources
        ],
    )


def worst(rows: Sequence[Judged], score: Score, shown: str) -> Reached | None:
    """On how many sources the best peer has a higher mean of *shown*, and by how much."""
    systems = list(rows[0].heard.answers) if rows else []
    if len(systems) < 2:
        return None
    told, sure = [], 0
    for source in sorted({one.truth.set for one in rows}):
        some = [one for one in rows if one.truth.set == source]
        values = {
            system: np.array([float(getattr(score(one, system), shown)) for one in some])
            for system in systems
        }
        best = max(systems[1:], key=lambda system: values[system].mean())
        apart = mean(values[best] - values[OURS])
        if apart and apart.value > 1e-9:
            sure += apart.low > 0
            told.append(f"{source} by {apart.value:.2f} ({best})")
    note = "; ".join(told)
    return Reached(len(told), sure, len(told), note)


def tempo(rows: Sequence[Judged]) -> tuple[list[Table], Reach]:
    steady = [one for one in rows if one.truth.steady]
    scores = [tempo_score(one, OURS) for one in steady]
    reached = {
        name: Reached.of(share(getattr(score, field) for score in scores))
        for name, field in (
            ("sharp", "sharp"), ("sharp free", "sharp_free"), ("acc1", "acc1"), ("acc2", "acc2"),
            ("first two", "first_two"), ("tempo answered", "answered"),
        )
    }  # fmt: skip
    reached["tempo behind"] = worst(steady, tempo_score, "acc1")
    tables = [*compared("tempo", steady, TEMPO, tempo_score, "Acc1 %")]
    return [*tables, *_wrong_tempi(steady, scores)], reached


def _wrong_tempi(rows: Sequence[Judged], scores: Sequence[accuracy.TempoScore]) -> Iterator[Table]:
    wrong = [
        (
            one.truth.path.rpartition("/")[2][:48], one.truth.set, one.truth.bpm,
            (answer := one.answer(OURS)).bpm, answer.bpm_confidence, answer.second,
        )
        for one, score in zip(rows, scores, strict=True)
        if not score.acc1
    ]  # fmt: skip
    if wrong:
        columns = ("recording", "source", "true", "told", "confidence", "second")
        yield Table(f"tempo: the {len(wrong)} that are wrong", columns, wrong)


def beats(rows: Sequence[Judged]) -> tuple[list[Table], Reach]:
    gridded = [one for one in rows if one.truth.gridded]
    tables = [*compared("beats, constant tempo", gridded, BEATS, beats_score, "F")]
    scores = [beats_score(one, OURS) for one in gridded]
    reached = {
        "beats": Reached.of(mean(score.f for score in scores)),
        "phase": Reached.of(share(score.in_phase for score in scores), "of those at the tempo"),
        "off-beat": Reached.of(share(score.off_beat for score in scores), "of those at the tempo"),
    }
    for name, kind in (("changing", CHANGING), ("rubato", RUBATO)):
        some = [one for one in rows if one.truth.tempo_kind == kind and one.truth.beats]
        columns = {name: BEATS[name] for name in ("answered %", "F", "CMLt", "AMLt")}
        tables += compared(f"beats, {name}", some, columns, beats_score, "F")
        reached[name] = Reached.of(mean(beats_score(one, OURS).f for one in some))
    barred, right = downbeats(rows)
    return tables + barred, reached | {"downbeats": Reached.of(right)}


def downbeats(rows: Sequence[Judged]) -> tuple[list[Table], Mean | None]:
    """Where they are known, and the share of the recordings in which they are right."""
    some = [one for one in rows if one.truth.steady and one.truth.downbeats]
    right = [
        accuracy.downbeats(
            [time for time in one.truth.downbeats if time < one.heard.seconds],
            one.answer(OURS).downbeats,
        )
        for one in some
    ]
    sources = [POOLED, *sorted({one.truth.set for one in some})]
    table = [
        (
            source, len(inside),
            share(bool(some[number].answer(OURS).downbeats) for number in inside),
            share(right[number] for number in inside),
            share(
                accuracy.same_bars(some[number].truth.downbeats, some[number].answer(OURS).downbeats)
                for number in inside
            ),
        )
        for source in sources
        if (inside := [n for n, one in enumerate(some) if source in (POOLED, one.truth.set)])
    ]  # fmt: skip
    columns = ("source", "n", "answered %", "right %", "bars of that length %")
    return [Table("downbeats, where the metre is known", columns, table)] * bool(some), share(right)


def key(rows: Sequence[Judged]) -> tuple[list[Table], Reach]:
    keyed = [one for one in rows if one.truth.key]
    scores = [key_score(one, OURS) for one in keyed]
    reached = {
        "key": Reached.of(share(score.exact for score in scores)),
        "mirex": Reached.of(mean(score.mirex for score in scores)),
        "key answered": Reached.of(share(score.answered for score in scores)),
        "key behind": worst(keyed, key_score, "mirex"),
    }
    return [*compared("key", keyed, KEY, key_score, "MIREX")], reached


def spent(rows: Sequence[Judged]) -> Iterator[Table]:
    """CPU of the systems over the corpus."""
    length = sum(one.heard.seconds for one in rows) / 60
    if rows and length:
        systems = rows[0].heard.answers
        sums = {name: sum(one.answer(name).cpu for one in rows) / length for name in systems}
        shown = [(name, 1_000 * value) for name, value in sums.items()]
        title = f"CPU milliseconds a minute: {OURS} with decoding, peers without"
        yield Table(title, ("system", "ms"), shown)


class Blank(NamedTuple):
    """A sound without an answer."""

    kind: str
    heard: Heard


def false(rows: Sequence[Blank]) -> tuple[list[Table], Reach]:
    """What is answered where there is nothing to answer."""
    kinds = list(dict.fromkeys(one.kind for one in rows))
    table: list[list[Cell]] = []
    sure: list[bool] = []
    for kind in kinds:
        some = [one.heard for one in rows if one.kind == kind]
        line: list[Cell] = [kind, len(some)]
        for known, told, trust in (
            (kind in made.NO_TEMPO, "bpm", "bpm_confidence"),
            (kind.startswith(made.NO_KEY), "key", "key_confidence"),
        ):
            if not known:
                line += [None, None]
                continue
            answers = [one.answers[OURS] for one in some]
            confident = [(getattr(one, trust) or 0) >= SURE for one in answers]
            line += [sum(getattr(one, told) is not None for one in answers), sum(confident)]
            sure += confident
        for peer in [name for name in some[0].answers if name != OURS]:
            bpm = sum(one.answers[peer].bpm is not None for one in some)
            tonal = sum(one.answers[peer].key is not None for one in some)
            line.append(f"{bpm if kind in made.NO_TEMPO else '-'} / "
                        f"{tonal if kind.startswith(made.NO_KEY) else '-'}")  # fmt: skip
        table.append(line)
    peers = [
        f"{name}: tempo / key" for name in (rows[0].heard.answers if rows else ()) if name != OURS
    ]
    columns = ("sound", "n", "tempo", f">= {SURE}", "key", f">= {SURE} ", *peers)
    title = "false answers: how many told a tempo or a key where there is none, how many confident"
    return [Table(title, columns, table)], {"false": Reached.of(share(sure))}


def confidence(rows: Sequence[Judged]) -> tuple[list[Table], Reach]:
    """Whether those of tempo, key and beats are probabilities."""
    tempi = [
        (answer.bpm_confidence, tempo_score(one, OURS).acc1)
        for one in rows
        if one.truth.steady and (answer := one.answer(OURS)).bpm_confidence is not None
    ]
    keys = [
        (answer.key_confidence, key_score(one, OURS).exact)
        for one in rows
        if one.truth.key and (answer := one.answer(OURS)).key_confidence is not None
    ]
    tables, reached = [], {}
    for name, pairs in (("tempo", tempi), ("key", keys)):
        told, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        shown = [
            (f"{one.low:.1f}-{one.high:.1f}", one.n, one.confidence, one.right)
            for one in reliability.bins(told, right)
        ]
        error, chance = reliability.error(told, right), reliability.chance(told)
        fixed = reliability.corrected(told, right)
        title = f"confidence of the {name}: n {len(pairs)}"
        if error is not None and chance is not None and fixed is not None:
            title += f", calibration error {error:.3f}, by chance {chance:.3f}, without {fixed:.3f}"
            reached[f"{name} error"] = Reached(fixed, note=f"raw {error:.3f}, n {len(pairs)}")
        tables.append(Table(title, ("confidence", "n", "mean", "right"), shown))
    return tables, dict(reached)


def alike(rows: Sequence[Judged]) -> Iterator[Table]:
    """Retrieval of the same source."""
    some = [
        (one.truth.set, (found.embedding.vector, found.timbre, found.tempo))
        for one in rows
        if (found := one.heard.analysis).embedding is not None and found.timbre is not None
    ]
    if len(some) < 2:
        return
    sources = [source for source, _ in some]
    lines = []
    spaces = retrieval.spaces([heard for _, heard in some])
    for name, likeness in spaces.items():
        queries = retrieval.found(likeness, sources)
        lines.append(
            (name, len(queries), mean(x.first for x in queries), mean(x.precision for x in queries))
        )
    yield Table("alike: the same source by what is nearest", ("by", "n", "P@1", "MAP"), lines)
    yield suggested(sources, spaces["embedding"])


def suggested(sources: Sequence[str], likeness: retrieval.Rows) -> Table:
    """What the labels of neighbours suggest, were the source of each other recording its genre."""
    told = [*zip(sources, retrieval.suggestions(likeness, sources), strict=True)]
    lines: list[tuple[Cell, ...]] = []
    for source in ("all", *dict.fromkeys(sources)):
        some = [one for one in told if source in ("all", one[0])]
        named = [true == name for true, name in some if name is not None]
        answered = share(name is not None for _, name in some)
        lines.append((source, len(some), answered, share(named)))
    columns = ("source", "n", "suggested %", "of these right %")
    return Table("alike: the source that labelled neighbours suggest", columns, lines)
