"""Before anything loads numpy: processes are the parallelism here, as in the workers."""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
