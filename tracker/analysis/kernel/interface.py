"""What the library is made of, and what it can do.

Needs nothing but Python, for the installation asks too.
"""

from __future__ import annotations

import ctypes
import hashlib
from ctypes import c_double, c_float, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LIBRARY = "libkernel.so"
FLAGS = (
    *("-std=gnu11", "-O3", "-fPIC", "-shared", "-s", "-Wall", "-Wextra", "-Wno-psabi"),
    # No floating-point exception is looked at; sums keep their order all the same.
    *("-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
)

_P, _N = c_void_p, c_size_t
FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "part": (c_int, _P, _N, _N, _N, _N, c_float, _P, _N, _P),
    "halve": (None, _P, _N, _P),
    "cross": (None, _P, _N, _N, _P),
    "weigh": (None, _P, _P, _N, _P, _N, _P, _P, _N, _P),
    "heights": (None, _P, _N, _P, _P),
    "clips": (None, _P, _N, _P, c_float, c_int64, _P),
    "between": (c_float, _P, _N, _P, _P, _N, c_float, c_float, c_float),
    "magnitudes": (None, _P, _N, _N, _N, _P, _P, _P, _N, _P, _P),
    "rolloffs": (None, _P, _N, _N, c_double, _P),
    "peaks": (_N, _P, _N, _N, _N, _N, c_float, _P, _P, _P, _P, _P),
    "follow": (None, _P, _P, _N, _P, _P, _N, _P, _P),
}
"""What each gives, and takes."""


def sources(folder: Path = HERE) -> list[Path]:
    """The files of C."""
    return sorted(folder.glob("*.c"))


def digest(folder: Path = HERE) -> str:
    """Of all that is compiled, and how: a library knows its own, and so whether it is the right one."""
    whole = hashlib.sha256(" ".join(FLAGS).encode())
    for path in (*sources(folder), *sorted(folder.glob("*.h"))):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def opened(path: Path) -> tuple[ctypes.CDLL, str]:
    """A library, and the digest of what it was made of.

    Raises:
        OSError: it cannot be loaded.
        ValueError: it does not say what it was made of.
        AttributeError: a function is missing in it.
    """
    library = ctypes.CDLL(str(path))
    made_of = (ctypes.c_char * (2 * hashlib.sha256().digest_size + 1)).in_dll(library, "made_of")
    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library, made_of.value.decode("ascii", "replace")
