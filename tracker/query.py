"""What a person types to find tracks, as a value. Pure."""

from __future__ import annotations

import re
import unicodedata

import msgspec

LONGEST = 1_000
"""Characters; what is longer was pasted by mistake."""
MOST = 32
"""Words."""

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


class Term(msgspec.Struct, frozen=True):
    """Words that stand together, the last one perhaps unfinished."""

    words: tuple[str, ...]
    start: int
    """Where it stands in the text, for pointing at it."""
    exclude: bool = False
    whole: bool = False
    """In quotes: the last word is complete."""


class Query(msgspec.Struct, frozen=True):
    terms: tuple[Term, ...] = ()

    @property
    def match(self) -> str:
        """The FTS5 expression; "" where every track matches."""
        wanted = [_fts(term) for term in self.terms if not term.exclude]
        unwanted = [_fts(term) for term in self.terms if term.exclude]
        if not wanted:
            return ""
        return " NOT ".join([" AND ".join(wanted), *unwanted]) if unwanted else " AND ".join(wanted)

    @property
    def refuse(self) -> str:
        """Where only exclusions are typed: the FTS5 expression of what must not match."""
        if any(not term.exclude for term in self.terms):
            return ""
        return " OR ".join(_fts(term) for term in self.terms)


def parse(text: str) -> Query:
    """Words, "several words" and -exclusions; every character of a word means itself.

    Punctuation separates words as in the index, so `AC/DC` finds "AC DC" standing together.
    """
    terms = []
    for match in _TERM.finditer(text[:LONGEST]):
        exclude, quoted, bare = match.groups()
        if words := _words(bare if quoted is None else quoted):
            whole = quoted is not None and match[0].endswith('"')
            terms.append(Term(words, match.start(), bool(exclude), whole))
    return Query(tuple(terms[:MOST]))


def _words(text: str) -> tuple[str, ...]:
    """As SQLite's unicode61 tokenizer cuts them: letters, digits, marks and private use."""
    spaced = (
        c if unicodedata.category(c)[0] in "LNM" or unicodedata.category(c) == "Co" else " "
        for c in text
    )
    return tuple("".join(spaced).split())


def _fts(term: Term) -> str:
    """Quoted, so that nothing in it is an operator."""
    return '"' + " ".join(term.words) + '"' + ("" if term.whole else "*")
