"""What the library is made of; needs nothing but Python, for the installation asks too."""

from __future__ import annotations

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
LIBRARY = "libkernel.so"


def sources(folder: Path = HERE) -> list[Path]:
    """The files of C."""
    return sorted(folder.glob("*.c"))


def digest(folder: Path = HERE) -> str:
    """Of all that is compiled: a library knows its own, and so whether it is the right one."""
    whole = hashlib.sha256()
    for path in (*sources(folder), *sorted(folder.glob("*.h"))):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
