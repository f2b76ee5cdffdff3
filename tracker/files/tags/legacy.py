"""Texts that claim to be Latin-1 and are not.

Old taggers wrote whatever their Windows spoke. A wrong guess is worse than none, so another
encoding must be plain to see: UTF-8 proves itself, and the others must fill whole words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from charset_normalizer import from_bytes

Decoder = Callable[[str], str]

_HIGH = re.compile("[\x80-\xff]")
_FOREIGN_WORD = re.compile("[\x80-\xff]{3}")
_RIVALS = ["cp1251", "cp932", "cp1253", "cp949", "gb18030", "big5"]
"""The encodings that fill whole words with high bytes."""
_ENOUGH = 8
_VOWELS = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_CASE_JUMPS = re.compile(r"[\u0430-\u045f][\u0400-\u042f]")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def decoder(texts: Iterable[str]) -> Decoder:
    """How the *texts* of one file, read as Latin-1, should be read instead."""
    old = [text for text in texts if _HIGH.search(text) and _is_narrow(text)]
    if not old:
        return str
    together = "\n".join(old).encode("latin-1")
    if _encoding_is("utf-8", together):
        return _by("utf-8")
    high = len(_HIGH.findall("".join(old)))
    letters = high + sum(c.isascii() and c.isalpha() for c in "".join(old))
    if high >= _ENOUGH and high > 0.5 * letters and _FOREIGN_WORD.search("".join(old)):
        best = from_bytes(together, cp_isolation=_RIVALS).best()
        if best is not None and best.chaos == 0 and _looks_right(best.encoding, str(best)):
            return _by(best.encoding)
    return _by("cp1252")  # Latin-1 itself, with quotes and dashes where that has nothing


def _looks_right(encoding: str, text: str) -> bool:
    if encoding == "cp1251":
        letters = _CYRILLIC.findall(text)
        vowels = sum(letter in _VOWELS for letter in letters)
        return not _CASE_JUMPS.search(text) and 0.25 <= vowels / max(len(letters), 1) <= 0.65
    return encoding == "cp932" and _JAPANESE.search(text) is not None


def _by(encoding: str) -> Decoder:
    def decode(text: str) -> str:
        if not _HIGH.search(text) or not _is_narrow(text):
            return text
        try:
            return text.encode("latin-1").decode(encoding)
        except UnicodeDecodeError:
            return text

    return decode


def _is_narrow(text: str) -> bool:
    return all(c <= "\xff" for c in text)


def _encoding_is(encoding: str, data: bytes) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
