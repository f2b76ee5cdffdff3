"""Keys: the Camelot wheel, musical names, Open Key, and every way people write them."""

from __future__ import annotations

import re

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "s": 1, "is": 1, "es": -1, "sharp": 1, "flat": -1}
_CAMELOT = re.compile(r"0?([1-9]|1[0-2])\s*([AB])", re.IGNORECASE)
_OPEN = re.compile(r"0?([1-9]|1[0-2])\s*([dm])", re.IGNORECASE)
_MUSICAL = re.compile(
    r"([A-Ha-h])[\s-]*(#|♯|b|♭|is|es|s(?=\b|m|d)|sharp|flat)?[\s-]*"
    r"(m|min|minor|moll|maj|major|dur|M|-)?\.?",
)


def camelot(tonic: int, *, minor: bool) -> str:
    """*tonic* 0 is C. A fifth up is one hour on: C major is 8B, A minor is 8A."""
    return f"{(7 * tonic + (4 if minor else 7)) % 12 + 1}{'A' if minor else 'B'}"


def tonic_and_mode(key: str) -> tuple[int, bool]:
    """The tonic (0 is C) of a Camelot key, and whether it is minor. Raises ValueError."""
    match = _CAMELOT.fullmatch(key)
    if not match:
        raise ValueError(f"{key!r} is no Camelot key")
    minor = match[2].upper() == "A"
    return (int(match[1]) - 1 - (4 if minor else 7)) * 7 % 12, minor


def name(key: str) -> str:
    """The musical name of a Camelot key: "8A" is "A minor". Raises ValueError."""
    tonic, minor = tonic_and_mode(key)
    return f"{NAMES[tonic]} {'minor' if minor else 'major'}"


def parse(text: str) -> str | None:
    """The Camelot key that *text* means, or None.

    Understands Camelot ("8A", "08a"), Open Key ("1m", "1d"), and names: "Am", "A minor",
    "F#m", "Gbmin", "A♭ major", "C", "Cis moll", "H" (German B natural).
    """
    text = text.strip()
    if match := _CAMELOT.fullmatch(text):
        return f"{match[1]}{match[2].upper()}"
    if match := _OPEN.fullmatch(text):
        hour = (int(match[1]) + 6) % 12 + 1  # Open Key begins at C major, Camelot at B major
        return f"{hour}{'A' if match[2].lower() == 'm' else 'B'}"
    if match := _MUSICAL.fullmatch(text):
        return _musical(match[1], match[2] or "", match[3] or "")
    return None


def _musical(letter: str, accidental: str, mode: str) -> str:
    tonic = (_TONICS[letter.upper()] + _ACCIDENTALS.get(accidental, 0)) % 12
    if mode in ("", "-"):
        minor = letter.islower()  # "a" is A minor in the old German manner
    else:
        minor = mode.startswith("m") and not mode.startswith("maj")
    return camelot(tonic, minor=minor)
