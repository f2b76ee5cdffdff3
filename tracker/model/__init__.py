"""The words of the domain. Plain values; no I/O, no SQL, no widgets."""

from tracker.model.analysis import Analysis, Duration, Energy, Key, Loudness, Tempo
from tracker.model.job import Job, JobState, Kind, Running, Stamp, Status, Work
from tracker.model.root import Root, RootState
from tracker.model.tags import Identity, Reading, Stream, Tags
from tracker.model.track import File, FileState, Page, Track, TrackRow
from tracker.model.units import (
    Bpm,
    FileId,
    JobId,
    Lufs,
    Moment,
    RootId,
    RunId,
    Seconds,
    TrackId,
)

__all__ = [
    "Analysis",
    "Bpm",
    "Duration",
    "Energy",
    "File",
    "FileId",
    "FileState",
    "Identity",
    "Job",
    "JobId",
    "JobState",
    "Key",
    "Kind",
    "Loudness",
    "Lufs",
    "Moment",
    "Page",
    "Reading",
    "Root",
    "RootId",
    "RootState",
    "RunId",
    "Running",
    "Seconds",
    "Stamp",
    "Status",
    "Stream",
    "Tags",
    "Tempo",
    "Track",
    "TrackId",
    "TrackRow",
    "Work",
]
