"""What we, and others, answer about files: in processes of their own, each on one thread."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.bench import peers
from tracker.bench.decoder import opened
from tracker.mixing import harmony
from tracker.model import Analysis

OURS = "tracker"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Answer(NamedTuple):
    """One system's about one file; None where it has none."""

    bpm: float | None = None
    second: float | None = None
    """The alternative it names first."""
    bpm_confidence: float | None = None
    beats: tuple[float, ...] = ()
    downbeats: tuple[float, ...] = ()
    key: str | None = None
    key_confidence: float | None = None
    cpu: float = 0.0
    """Seconds; of peers without decoding."""


class Heard(NamedTuple):
    answers: dict[str, Answer]
    """By system; ours is first."""
    analysis: Analysis
    seconds: float


class Question(NamedTuple):
    features: tuple[str, ...]
    """Ours that are measured."""
    beats: bool
    """Whether peers are asked for tempo and beats."""
    key: bool
    peers: tuple[str, ...] = ()


def hear(
    paths: Sequence[Path], question: Question, jobs: int, told: Callable[[str], None]
) -> Iterator[Heard]:
    """What is answered about each, in their order. *told* hears how far it is."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            work: Iterable[Heard] = pool.map(partial(one, question), paths)
            for number, heard in enumerate(work, 1):
                told(f"{number} of {len(paths)} heard")
                yield heard
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def one(question: Question, path: Path) -> Heard:
    from tracker.analysis import analyse

    start = time.process_time()
    with path.open("rb", buffering=0) as file:
        found = analyse(file, os.fsencode(path), question.features)
    spent = time.process_time() - start
    answers = {OURS: ours(found, spent)}
    if question.peers:
        answers |= theirs(path, question)
    return Heard(answers, found, found.duration.seconds if found.duration else 0.0)


def ours(found: Analysis, cpu: float = 0.0) -> Answer:
    tempo, beats, key = found.tempo, found.beats, found.key
    return Answer(
        bpm=tempo.bpm if tempo else None,
        second=tempo.alternatives[0] if tempo and tempo.alternatives else None,
        bpm_confidence=tempo.confidence if tempo else None,
        beats=tuple(beats.all) if beats else (),
        downbeats=tuple(beats.downbeats) if beats else (),
        key=harmony.name(key.camelot) if key else None,
        key_confidence=key.confidence if key else None,
        cpu=cpu,
    )


def theirs(path: Path, question: Question) -> dict[str, Answer]:
    sounds = {rate: mono(path, rate) for rate in {peers.PEERS[n].rate for n in question.peers}}
    return {
        name: _asked(peers.PEERS[name], sounds[peers.PEERS[name].rate], question)
        for name in question.peers
    }


def _asked(peer: peers.Peer, sound: NDArray[np.float32], question: Question) -> Answer:
    start = time.process_time()
    bpm, beats, key = None, (), None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if question.beats and peer.beats:
            bpm, beats = peer.beats(sound)  # type: ignore[assignment]
        if question.key and peer.key:
            key = peer.key(sound)
    return Answer(bpm=bpm, beats=beats, key=key, cpu=time.process_time() - start)


def mono(path: Path, rate: int) -> NDArray[np.float32]:
    """The whole of it, all channels as one."""
    import soxr

    with path.open("rb", buffering=0) as file, opened(file) as sound:
        whole = np.concatenate([block.mean(axis=1) for block in sound.blocks()])
        return np.asarray(soxr.resample(whole.astype(np.float32), sound.rate, rate), np.float32)


def features(parts: Collection[str]) -> tuple[str, ...]:
    """Ours that these parts of the benchmark need."""
    wanted = {"duration"}
    for part, names in NEEDS.items():
        if part in parts:
            wanted |= set(names)
    return tuple(sorted(wanted))


NEEDS = {
    "tempo": ("tempo",), "beats": ("tempo", "beats"), "key": ("key",), "false": ("tempo", "key"),
    "alike": ("embedding", "timbre", "tempo"),
}  # fmt: skip
"""Part -> features."""
