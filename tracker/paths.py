"""The places where our files live, after the XDG base directory specification."""

from __future__ import annotations

import os
from pathlib import Path

from tracker.errors import Unusable


def _place(variable: str, *fallback: str) -> Path:
    given = os.environ.get(variable, "")
    base = Path(given) if given.startswith("/") else _home().joinpath(*fallback)
    return base / "tracker"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise Unusable("nobody knows your home folder; set HOME to a place of yours") from error


def config() -> Path:
    return _place("XDG_CONFIG_HOME", ".config") / "config.toml"


def catalogue() -> Path:
    return _place("XDG_DATA_HOME", ".local", "share") / "catalogue.db"


def cache() -> Path:
    return _place("XDG_CACHE_HOME", ".cache")


def log() -> Path:
    return _place("XDG_STATE_HOME", ".local", "state") / "trackerd.log"


def socket() -> Path:
    """Without a runtime folder of the session, one of our own in the cache."""
    return _place("XDG_RUNTIME_DIR", ".cache", "run") / "sock"
