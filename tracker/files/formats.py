"""Which names are audio, and which only look like it; by the name alone, so it costs a scan nothing."""

from __future__ import annotations

import re

SUFFIXES: frozenset[bytes] = frozenset(
    b".mp3 .mp2 .flac .wav .wave .rf64 .w64 .aif .aiff .aifc .ogg .oga .opus .spx .m4a .m4b .mp4"
    b" .aac .alac .ac3 .wma .asf .ape .wv .mpc .mp+ .mpp .dsf .dff .tta .mka .webm .caf".split()
)
_LITTER = frozenset(
    name.lower()
    for name in (
        # Synology, QNAP
        *(b"@eaDir", b"@tmp", b"@Recycle", b"@Recently-Snapshot", b"@sharebin", b"#recycle"),
        *(b"#snapshot", b"@SynoResource", b"@SynoEAStream"),
        # Windows, macOS, Linux
        *(b"$RECYCLE.BIN", b"RECYCLER", b"System Volume Information", b"Thumbs.db", b"desktop.ini"),
        *(b"__MACOSX", b"Network Trash Folder", b"Temporary Items", b"TheVolumeSettingsFolder"),
        b"lost+found",
    )
)
_LITTER_PREFIXES = (b"~$", b"~utorrentpartfile_")
_CHKDSK = re.compile(rb"found\.\d{3}")


def is_audio(name: bytes) -> bool:
    """Whether a file of this name is worth opening. Unfinished downloads end in something else."""
    _, dot, suffix = name.rpartition(b".")
    return (dot + suffix).lower() in SUFFIXES and not is_litter(name)


def is_litter(name: bytes) -> bool:
    """Whether a file or folder of this name belongs to the machine: hidden, rubbish, thumbnails."""
    folded = name.lower()
    return (
        _is_hidden(name)
        or folded in _LITTER
        or folded.startswith(_LITTER_PREFIXES)
        or _CHKDSK.fullmatch(folded) is not None
    )


def _is_hidden(name: bytes) -> bool:
    """Three dots are a title that goes on: "...Baby One More Time"."""
    return name.startswith(b".") and (not name.startswith(b"...") or not name.strip(b"."))
