"""The log: one line an event, cleaned of what could forge another or speak to a terminal."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from pathlib import Path

from tracker.errors import Unusable
from tracker.text import clean

LARGEST = 2 * 2**20  # bytes, then a new file begins
KEPT = 3
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class OneLine(logging.Formatter):
    """Each line of a record is made harmless; a traceback keeps its lines."""

    def format(self, record: logging.LogRecord) -> str:
        message, *trace = super().format(record).split("\nTraceback (most recent call last):\n", 1)
        lines = [clean(message)]
        for text in trace:
            lines += ["Traceback (most recent call last):", *map(clean, text.splitlines())]
        return "\n".join(lines)


def begin(place: Path, level: str) -> None:
    """Log to *place*, and to stderr where a person or the journal reads it. Raises Unusable."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = logging.handlers.RotatingFileHandler(
            place, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise Unusable(
            f"the log {clean(os.fsencode(place))} cannot be written ({error.strerror}); "
            "mend that, or point XDG_STATE_HOME elsewhere"
        ) from error
    handlers: list[logging.Handler] = [kept]
    if sys.stderr.isatty() or "JOURNAL_STREAM" in os.environ:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(OneLine(LINE))
    logging.basicConfig(level=level.upper(), handlers=handlers)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
