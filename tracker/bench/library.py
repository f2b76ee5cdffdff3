"""A large library without music: files of no bytes, and all that would be known of real ones."""

from __future__ import annotations

import hashlib
import math
import os
import random
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import accumulate, islice
from pathlib import Path

import apsw
from msgspec import convert

from tracker import analysis
from tracker.analysis.embedding import DIMENSIONS
from tracker.files import identity
from tracker.files import tags as tag_reading
from tracker.mixing.hamms import WEIGHTS
from tracker.model import (
    Analysis,
    Bpm,
    Duration,
    Embedding,
    Energy,
    FileId,
    Hamms,
    Identity,
    Key,
    Loudness,
    Lufs,
    Reading,
    RootId,
    Seconds,
    Stamp,
    Stream,
    Tags,
    Tempo,
)
from tracker.store import files, jobs, roots, tracks

IN_FOLDER = 25
BATCH = 1_000
"""Tracks written in one transaction."""
WORDS = """
    love night deep sun water black light blue house city dream fire sky moon river stone gold
    shadow summer silver echo ocean ghost machine signal garden winter velvet mirror island
    thunder paper glass motion desert harbour neon static bloom satellite ember canyon orchid
    lantern northern hollow marble vapour cobalt horizon meridian spiral tundra quartz ivory
    åska été mañana über señor køl naïve façade ночь город 東京 夜
""".split()  # noqa: SIM905 - a list of so many words is no easier to read
"""The frequent ones first."""
KINDS = (
    "House", "Techno", "Deep House", "Trance", "Drum and Bass", "Downtempo", "Pop", "Disco",
    "Electro", "Ambient", "Breakbeat", "Dub",
)  # fmt: skip
MIXES = ("", "", "", "", " (Original Mix)", " (Extended Mix)", " (Dub)", " (Live at Harbour)")
SYLLABLES = (
    "ka", "lo", "mi", "ten", "ra", "vos", "el", "dun", "sa", "rik", "no", "pha", "ter", "li",
    "mo", "ja", "qui", "ster", "bel", "an", "or", "ix", "ul", "zen",
)  # fmt: skip


class Author:
    """Makes tracks up, always the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.artists = [self._name() for _ in range(5_000)]
        self.words = [*WORDS, *(self._name().lower() for _ in range(3_000))]
        # as in any language, the second word is half as frequent as the first
        self.often = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def _name(self) -> str:
        return "".join(self.random.choices(SYLLABLES, k=self.random.randint(2, 3))).title()

    def phrase(self, most: int) -> str:
        count = self.random.randint(1, most)
        return " ".join(self.random.choices(self.words, cum_weights=self.often, k=count)).title()

    def tracks(self) -> Iterator[tuple[bytes, Tags]]:
        while True:
            yield from self.album()

    def album(self) -> Iterator[tuple[bytes, Tags]]:
        """Its tracks: a path each, and what the tags say."""
        chance = self.random
        artist, album, kind = chance.choice(self.artists), self.phrase(2), chance.choice(KINDS)
        place, year = f"{artist} - {album} {chance.randrange(10**6):06}", chance.randint(1985, 2026)
        for number in range(1, IN_FOLDER + 1):
            title = self.phrase(4) + chance.choice(MIXES)
            tags = Tags(
                title=title,
                artists=(artist,) if chance.random() < 0.8 else (artist, self.phrase(1)),
                album=album,
                genres=(kind,) if chance.random() < 0.9 else (),
                year=year,
                track=number,
                label=chance.choice(self.artists) if chance.random() < 0.5 else None,
                comment=self.phrase(6) if chance.random() < 0.2 else None,
                bpm=Bpm(chance.randint(80, 180)) if chance.random() < 0.1 else None,
            )
            yield f"{place}/{number:02} {title}.flac".encode(), tags

    def analysis(self, versions: dict[str, int]) -> Analysis:
        chance = self.random
        bpm, key, energy = Bpm(chance.gauss(124, 14)), chance.randint(1, 12), chance.random()
        return Analysis(
            measured=versions,
            duration=Duration(Seconds(chance.uniform(120, 540))),
            tempo=Tempo(bpm, chance.random(), (Bpm(bpm / 2), Bpm(bpm * 2))),
            key=Key(f"{key}{chance.choice('AB')}", chance.random(), ("8B", "9A")),
            loudness=Loudness(Lufs(-chance.uniform(5, 20))),
            energy=Energy(1 + int(energy * 10), energy),
            hamms=convert({name: chance.random() for name in WEIGHTS}, Hamms),
            embedding=self.sound(),
        )

    def sound(self) -> Embedding:
        """Anywhere."""
        point = [self.random.gauss(0, 1) for _ in range(DIMENSIONS)]
        length = math.hypot(*point)
        return Embedding(array("f", [value / length for value in point]).tobytes())


def fill(
    db: apsw.Connection,
    top: Path,
    count: int,
    *,
    seed: int = 1,
    linked: bool = False,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Make *count* tracks below *top*, as if a daemon of this version had read and measured them.

    A look through the root finds nothing changed. With *linked* the files of a folder are one,
    under many names, which is made much sooner. *told* hears how many are done.
    """
    author, features = Author(seed), analysis.versions()
    stream = author.tracks()
    with db:
        root = roots.add(db, os.fsencode(top)).id
    for start in range(0, count, BATCH):
        some = dict(islice(stream, min(BATCH, count - start)))
        stamps = _made(top, some, linked=linked)
        with db:
            files.found(db, root, stamps)
            numbers = _numbers(db, root, some)
            for path, tags in some.items():
                [track] = files.read(db, numbers[path], _reading(path, tags), reader())
                tracks.save_analysis(db, track, author.analysis(features))
            jobs.drop(db, numbers.values())
        told(start + len(some))
    with db:
        jobs.learn(db, features, reader())  # last: until then nothing is missed, nor queued


def _made(top: Path, paths: Collection[bytes], *, linked: bool) -> dict[bytes, Stamp]:
    """New files of no bytes, and the stamps they have when all are there."""
    first: dict[Path, Path] = {}
    for path in paths:
        place = top / os.fsdecode(path)
        if place.parent not in first:
            place.parent.mkdir(exist_ok=True)
        if linked and place.parent in first:
            place.hardlink_to(first[place.parent])
        else:
            place.touch(0o600)
        first.setdefault(place.parent, place)
    return {path: _stamp(os.stat(top / os.fsdecode(path))) for path in paths}


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _numbers(db: apsw.Connection, root: RootId, paths: Iterable[bytes]) -> dict[bytes, FileId]:
    folders = {os.path.dirname(path) for path in paths}
    return {
        path: known.id
        for folder in folders
        for path, known in files.known(db, root, folder).items()
    }


def _reading(path: bytes, tags: Tags) -> Reading:
    digest = hashlib.sha256(path).digest()
    return Reading(
        Identity(digest[16:], digest, digest[:16], "flac", 30_000_000),
        tags,
        Stream("flac", "flac", Seconds(300.0), 900_000, 44_100, 2),
    )


def reader() -> str:
    """The versions of hashing and tag reading, as the daemon notes them."""
    return f"identity:{identity.VERSION} tags:{tag_reading.VERSION}"
