"""Which audio a file holds, however it is named and tagged.

One read gives three hashes: XXH3-128 and SHA-256 of the whole file, and the *essence*, a hash of
the decode parameters and the audio payload alone. What the bytes are decides the rule, never the
name: each module here knows where one family of containers keeps its payload.

    tape    the one read, and the small looks before it
    fences  tags that stand before and behind any stream: ID3, APE, Lyrics3
    mpeg    MP3, MP2, AAC (ADTS), AC-3
    chunks  WAV, RF64, Wave64, AIFF, CAF, DSF, DFF
    lossless  FLAC, APE, WavPack, TTA (and Musepack, which looks like them)
    mp4, asf  boxes and objects
    ogg, matroska  packets, wherever the container puts them
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from tracker.files.identity import asf, chunks, fences, lossless, matroska, mp4, mpeg, ogg
from tracker.files.identity.tape import Nonsense, Rule, Source, Spans, Tape
from tracker.model import Identity

VERSION = 1

WHOLE = "whole file"
TAGS_ONLY = fences.TAGS_ONLY
_RULES = (
    lossless.recognise,
    ogg.recognise,
    mp4.recognise,
    chunks.recognise,
    asf.recognise,
    matroska.recognise,
    mpeg.recognise,  # last: it searches where the others only look
)


def identify(file: BinaryIO) -> Identity:
    """Hash *file* from front to back; content never raises, only the file's own OSError does.

    A payload that is empty names nothing; what no rule understands is named by all of its bytes.
    """
    size = file.seek(0, 2)
    rule = _recognise(Source(file, size))
    file.seek(0)
    tape = Tape(file, size)
    found = _absorbed(rule, tape) if rule else None
    tape.skip(size)
    if rule is None or found is None:
        name, essence = WHOLE, hashlib.sha256(_domain(WHOLE) + tape.sha256.digest()).digest()
        payload = tape.position
    else:
        name, (essence, payload) = rule.name, found
    return Identity(
        xxh3=tape.xxh3.digest(),
        sha256=tape.sha256.digest(),
        essence=essence[:16] if payload else None,
        rule=name,
        payload=payload,
    )


def container(file: BinaryIO) -> str | None:
    """The rule that will find the payload, from a few looks; None where none is known."""
    rule = _recognise(Source(file, file.seek(0, 2)))
    return rule.name if rule else None


def _absorbed(rule: Rule, tape: Tape) -> tuple[bytes, int] | None:
    """The hash of the payload and its bytes; None where the rule does not fit after all."""
    essence = hashlib.sha256(_domain(rule.name, rule.parameters))
    try:
        payload = rule.absorb(tape, essence)
    except Nonsense:
        return None
    return essence.digest(), payload


def _recognise(source: Source) -> Rule | None:
    try:
        start, end = fences.inside(source)
        if start >= end and source.size:
            return Spans(TAGS_ONLY, b"", ())
        for recognise in _RULES:
            if rule := recognise(source, start, end):
                return rule
    except Nonsense:
        pass
    return None


def _domain(rule: str, parameters: bytes = b"") -> bytes:
    """What is hashed before the payload, so that equal bytes under different rules differ."""
    name = rule.encode()
    return b"tracker essence\0%b\0%d\0%b" % (name, len(parameters), parameters)
