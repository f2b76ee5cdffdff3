"""What every test stands on."""

import os
import signal
import tempfile
from pathlib import Path

import pytest

# Before anything loads numpy: processes are the parallelism here, as in the workers.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# A shell that runs us in the background has Ctrl-C ignored, and all that we start would ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHORT = 40
"""Bytes that the folder of temporary files may have, for sockets deep within to fit in 107."""


@pytest.fixture
def tmp_path():
    """A folder of the test's own, by a name that leaves room for a socket's.

    pytest's holds its user, its run, its worker and the test's name.
    """
    within = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(
        prefix="t-", dir=within if len(within) <= SHORT else "/tmp", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
