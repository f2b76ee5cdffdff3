"""A worker that reads any bytes as a track and is then treated badly, as the file's name says."""

import hashlib
from pathlib import Path

import hostile

from daemon import worker
from tracker.model import Identity, Kind, Reading, Tags


def read(file, name, params):
    content = file.read()
    digest = hashlib.sha256(content).digest()
    essence = hashlib.sha256(b"essence" + content).digest()[:16]
    identity = Identity(digest[:16], digest, essence, "mp3", len(content))
    return Reading(identity, Tags(title=Path(name.decode()).stem))


def measure(file, name, params):
    return hostile.act(file, Path(name.decode()).stem.encode(), params)


def main(pipe, limits):
    tasks = {Kind.READ: read, Kind.MEASURE: measure}
    worker.main(pipe, limits, tasks, lambda: hostile.VERSIONS)
