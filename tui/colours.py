"""Colours that mean something: the hours of the Camelot wheel, energy from cool to hot, bands.

Hues of even lightness (CIE L*a*b*), so that none shouts; the terminal may round them to 16.
"""

from __future__ import annotations

import math
from functools import lru_cache

from textual.color import Lab, lab_to_rgb

COOLEST, HOTTEST = 265.0, 30.0  # degrees in a*b*: blue over green and yellow to red

BANDS = {"low": (58.0, 50.0, 275.0), "mid": (72.0, 42.0, 75.0), "high": (88.0, 8.0, 200.0)}
"""Lightness on a dark screen, chroma, and hue in degrees."""


@lru_cache(64)
def of_key(camelot: str, *, dark: bool) -> str | None:
    """Neighbours on the wheel have neighbouring hues; minor is the deeper one of a pair."""
    hour, mode = camelot[:-1], camelot[-1:]
    if not hour.isdecimal() or not hour.isascii():
        return None
    chroma = 34.0 if mode == "A" else 44.0
    lightness = (72.0 if mode == "A" else 82.0) if dark else (44.0 if mode == "A" else 52.0)
    return _hex(lightness, chroma, int(hour) * 30.0 + 150.0)


@lru_cache(32)
def of_energy(level: int, *, dark: bool) -> str:
    """*level* is 1 to 10."""
    share = (max(1, min(level, 10)) - 1) / 9
    lightness = 74.0 if dark else 48.0
    return _hex(lightness, 36.0 + 24.0 * share, COOLEST + (HOTTEST - COOLEST) * share)


@lru_cache(6)
def of_band(band: str, *, dark: bool) -> str:
    """The deeper it sounds, the deeper it looks: "low", "mid", "high"."""
    lightness, chroma, hue = BANDS[band]
    return _hex(lightness if dark else 100 - lightness, chroma, hue)


def _hex(lightness: float, chroma: float, degrees: float) -> str:
    angle = math.radians(degrees)
    lab = Lab(lightness, chroma * math.cos(angle), chroma * math.sin(angle))
    return lab_to_rgb(lab).clamped.hex6
