"""What was measured under the names of the CLI's JSON. Unknown is absent."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable
from typing import Any

import msgspec

from tracker.mixing import harmony
from tracker.model import (
    Analysis,
    Beats,
    Duration,
    Embedding,
    Energy,
    Fingerprint,
    Hamms,
    Key,
    Loudness,
    Structure,
    Tempo,
    Waveform,
)

BANDS = ("low", "mid", "high")


def fields(found: Analysis) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, named in PARTS.items():
        part = getattr(found, name)
        if part is not None:
            values |= named(part)
    values["versions"] = found.measured
    return {name: value for name, value in values.items() if value is not None}


def _duration(found: Duration) -> dict[str, Any]:
    return {"duration": found.seconds, "complaint": found.complaint}


def _tempo(found: Tempo) -> dict[str, Any]:
    return {
        "bpm": found.bpm,
        "bpm_confidence": found.confidence,
        "bpm_alternatives": found.alternatives,
        "bpm_second": found.second,
        "bpm_why": found.why,
    }


def _beats(found: Beats) -> dict[str, Any]:
    return {
        "beats": found.all,
        "downbeats": found.downbeats or None,
        "phrases": found.phrases or None,
        "metre": found.metre,
        "beats_confidence": found.confidence,
        "downbeats_confidence": found.downbeat_confidence,
        "tempo_stability": found.stability,
        "tempo_curve": found.curve or None,
    }


def _key(found: Key) -> dict[str, Any]:
    return {
        "key": found.camelot,
        "key_name": harmony.name(found.camelot),
        "key_open": harmony.open_key(found.camelot),
        "key_confidence": found.confidence,
        "key_alternatives": found.alternatives,
        "key_shares": found.shares or None,
        "key_modulates": found.modulates or None,
    }


def _loudness(found: Loudness) -> dict[str, Any]:
    return {
        "loudness": found.integrated,
        "loudness_short_term": found.short_term,
        "loudness_momentary": found.momentary,
        "loudness_range": found.range,
        "true_peak": found.true_peak,
        "peak": found.peak,
        "replay_gain": found.replay_gain,
    }


def _energy(found: Energy) -> dict[str, Any]:
    return {
        "energy": found.level,
        "energy_value": found.value,
        "energy_confidence": found.confidence,
    }


def _hamms(found: Hamms) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(found)
    sure = values.pop("confidence", None)
    return {"hamms": values, "hamms_confidence": sure}


def _structure(found: Structure) -> dict[str, Any]:
    return {
        "sections": msgspec.to_builtins(found.sections),
        "cues": msgspec.to_builtins(found.cues) or None,
        "energy_curve": list(found.curve) or None,
    }


def _waveform(found: Waveform) -> dict[str, Any]:
    return {"waveform": {band: list(getattr(found, band)) for band in BANDS}}


def _fingerprint(found: Fingerprint) -> dict[str, Any]:
    return {
        "fingerprint": base64.b64encode(found.raw).decode(),
        "fingerprint_seconds": found.seconds,
    }


def _embedding(found: Embedding) -> dict[str, Any]:
    return {"embedding": [round(value, 5) for value in array("f", found.vector)]}


def _whole(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda found: {name: msgspec.to_builtins(found)}


PARTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "duration": _duration,
    "tempo": _tempo,
    "beats": _beats,
    "key": _key,
    "loudness": _loudness,
    "energy": _energy,
    "hamms": _hamms,
    "structure": _structure,
    "quality": _whole("quality"),
    "timbre": _whole("timbre"),
    "waveform": _waveform,
    "embedding": _embedding,
    "fingerprint": _fingerprint,
}
