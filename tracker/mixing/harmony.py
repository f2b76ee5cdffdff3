"""Keys: the Camelot wheel, musical names, Open Key, and every way people write them."""

from __future__ import annotations

import re

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1, "s": 1, "is": 1, "es": -1, "sharp": 1, "flat": -1}
_CAMELOT = re.compile(r"0?([1-9]|1[0-2])\s*([AB])", re.IGNORECASE)
_OPEN = re.compile(r"0?([1-9]|1[0-2])\s*([dm])", re.IGNORECASE)
_MUSICAL = re.compile(
    r"([A-Ha-h])(?:[\s-]*(#|♯|b|♭|(?i:is|es|s(?=\b|m|d)|sharp|flat)))?"
    r"(?:[\s-]*(m|M|(?i:min|minor|moll?|maj|major|dur))|\s*(-))?\.?",
)
_BETWEEN_TWO = re.compile(r"[/|,;()\[\]]")

# How well each pitch class fits a major and a minor key, the tonic first (Krumhansl & Kessler 1982).
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


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


def open_key(key: str) -> str:
    """A Camelot key as Traktor writes it: "8A" is "1m", "8B" is "1d". Raises ValueError."""
    tonic, minor = tonic_and_mode(key)
    return f"{7 * (tonic + 3 * minor) % 12 + 1}{'m' if minor else 'd'}"


def parse(text: str) -> str | None:
    """The Camelot key that *text* means, or None.

    Understands Camelot ("8A", "08a"), Open Key ("1m", "1d"), and names: "Am", "A minor",
    "F#m", "Gbmin", "A♭ major", "C", "Cis moll", "H" (German B natural); and one key written
    twice: "8A (Am)", "G#m/Abm", "F♯/G♭ minor".
    """
    text = text.strip()
    if match := _CAMELOT.fullmatch(text):
        return f"{match[1]}{match[2].upper()}"
    if match := _OPEN.fullmatch(text):
        hour = (int(match[1]) + 6) % 12 + 1  # Open Key begins at C major, Camelot at B major
        return f"{hour}{'A' if match[2].lower() == 'm' else 'B'}"
    if match := _MUSICAL.fullmatch(text):
        return _musical(match[1], match[2] or "", match[3] or match[4] or "")
    return _twice(text)


def _musical(letter: str, accidental: str, mode: str) -> str:
    shift = _ACCIDENTALS.get(accidental.lower(), 0)
    if accidental.lower() == "s" and letter in "AaEe" and mode != "m":
        shift = -1  # German "As" and "Es"; "Asm" is what is left of "A#m" in a file name
    return camelot((_TONICS[letter.upper()] + shift) % 12, minor=_is_minor(letter, mode))


def _is_minor(letter: str, mode: str) -> bool:
    if not mode:
        return letter.islower()  # "a" is A minor in the old German manner
    return mode == "-" or (mode != "M" and mode[0] in "mM" and not mode.lower().startswith("maj"))


def _twice(text: str) -> str | None:
    """The key that all parts of *text* name; a mode at the end may be meant for all of them."""
    parts = [part for part in map(str.strip, _BETWEEN_TWO.split(text)) if part]
    if len(parts) < 2 or len(parts) > 4:
        return None
    _, space, mode = parts[-1].partition(" ")
    for tries in (parts, [f"{part} {mode}" for part in parts[:-1]] + parts[-1:] if space else []):
        keys = {parse(part) for part in tries}
        if len(keys) == 1:
            return keys.pop()
    return None


def affinity(one: str, other: str) -> float:
    """How well two Camelot keys go together, 0 to 1, from the table of all 24 by 24.

    The correlation of the two keys' profiles as listeners rated them (Krumhansl & Kessler 1982),
    from -1 ... 1 to 0 ... 1: the relative, the fifths and the parallel first, the tritone last.
    """
    (tonic, minor), (other_tonic, other_minor) = tonic_and_mode(one), tonic_and_mode(other)
    return AFFINITY[tonic + 12 * minor][other_tonic + 12 * other_minor]


def distance(one: str, other: str) -> float:
    """How far apart two Camelot keys are: 0 the same, 1 the farthest there is."""
    return (1 - affinity(one, other)) / (1 - _LEAST)


def _table() -> tuple[tuple[float, ...], ...]:
    keys = [_turned(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)]
    return tuple(
        tuple(min(1.0, (1 + sum(a * b for a, b in zip(x, y, strict=True))) / 2) for y in keys)
        for x in keys
    )


def _turned(profile: tuple[float, ...], tonic: int) -> tuple[float, ...]:
    """As a vector of length 1 and mean 0 that begins at C."""
    mean = sum(profile) / 12
    length = sum((value - mean) ** 2 for value in profile) ** 0.5
    return tuple((profile[(place - tonic) % 12] - mean) / length for place in range(12))


AFFINITY = _table()
"""By tonic from C on, twelve major, then twelve minor."""
_LEAST = min(map(min, AFFINITY))
