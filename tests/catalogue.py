"""A catalogue filled the way the daemon fills it, without reading or measuring anything."""

import hashlib

from tracker.model import (
    Analysis,
    Duration,
    Energy,
    Identity,
    Key,
    Loudness,
    Reading,
    Stamp,
    Stream,
    Tags,
    Tempo,
)
from tracker.store import files, jobs, roots, tracks

FEATURES = {"duration": 1, "tempo": 1, "key": 1, "loudness": 1, "energy": 1}
READER = "identity:1 tags:1"
STAMP = Stamp(1_000, 1, 1)


def reading(essence, tags=None, *, whole=None, rule="mp3"):
    """What reading tells of a file whose audio is *essence*."""
    digest = hashlib.sha256(repr(whole or (essence, tags)).encode()).digest()
    named = None if essence is None else hashlib.sha256(essence).digest()[:16]
    return Reading(
        Identity(digest[:16], digest, named, rule, 0 if essence is None else 900),
        tags or Tags(),
        Stream("mp3", "mp3", 200.0, 320_000, 44_100, 2),
    )


def analysis(bpm=124.0, key="8A", energy=7, *, seconds=240.0, confidence=0.9):
    return Analysis(
        measured=FEATURES,
        duration=Duration(seconds),
        tempo=None if bpm is None else Tempo(bpm, confidence, (bpm / 2,)),
        key=None if key is None else Key(key, confidence, ("8B",)),
        loudness=Loudness(-8.1),
        energy=Energy(energy, energy / 10),
    )


def add_file(db, root, path, what, *, stamp=STAMP):
    """Find a file and read it, as scan and worker would; its id."""
    files.found(db, root, {path: stamp})
    file = files.known(db, root, path)[path].id
    files.read(db, file, what, READER)
    db.execute("DELETE FROM job WHERE kind = 'read' AND file = ?", (file,))
    return file


def add_track(db, root, path, *, measured=None, essence=None, **tags):
    """A read and measured track at *path*; its id."""
    file = add_file(db, root, path, reading(essence or path, Tags(**tags)))
    track = db.execute("SELECT track FROM file WHERE id = ?", (file,)).get
    if measured:
        tracks.save_analysis(db, track, measured)
        db.execute("DELETE FROM job WHERE file = ?", (file,))
    return track


def add_root(db, path=b"/music"):
    jobs.learn(db, FEATURES, READER)
    return roots.add(db, path).id
