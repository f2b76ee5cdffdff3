"""Colours that mean something: the hours of the Camelot wheel, and energy from cool to hot.

Hues of even lightness (CIE L*a*b*), so that none shouts; the terminal may round them to 16.
"""

from __future__ import annotations

import math
from functools import lru_cache

from textual.color import Lab, lab_to_rgb

COOLEST, HOTTEST = 265.0, 30.0  # degrees in a*b*: blue over green and yellow to red


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


def _hex(lightness: float, chroma: float, degrees: float) -> str:
    angle = math.radians(degrees)
    lab = Lab(lightness, chroma * math.cos(angle), chroma * math.sin(angle))
    return lab_to_rgb(lab).clamped.hex6
