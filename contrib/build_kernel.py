"""Compiles `tracker/analysis/kernel` when tracker is installed: a hook of hatchling.

The compiler is `$CC`, or the machine's `cc`, `gcc` or `clang`. A machine without one gets the
compiler that the package ziglang brings, for the time of the installation.
"""

from __future__ import annotations

import os
import platform
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KERNEL = Path("tracker/analysis/kernel")
COMPILERS = ("cc", "gcc", "clang")
FLAGS = (
    *("-std=gnu11", "-O3", "-fPIC", "-shared", "-s", "-Wall", "-Wextra", "-Wno-psabi"),
    # No floating-point exception is looked at; sums keep their order all the same.
    *("-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
)
ZIG = "ziglang>=0.13"


class BuildKernel(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        """What pip fetches before it builds."""
        return [] if compiler() else [ZIG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it beside its sources, where an editable installation looks for it."""
        if self.target_name != "wheel":
            return
        library = build(Path(self.root) / KERNEL)
        # It is plain C: any Python of this machine can load it.
        place = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{place}"
        build_data["artifacts"].append(str(KERNEL / library.name))


def compiler() -> list[str] | None:
    """The command that compiles C on this machine, if there is one."""
    if chosen := shlex.split(os.environ.get("CC", "")):
        return chosen
    found = next(filter(shutil.which, COMPILERS), None)
    return [found] if found else None


def build(kernel: Path) -> Path:
    """Write the library. Raises SystemExit where the compiler fails; it says why."""
    known = runpy.run_path(str(kernel / "sources.py"))
    library = kernel / str(known["LIBRARY"])
    command = compiler() or [sys.executable, "-m", "ziglang", "cc"]
    with tempfile.TemporaryDirectory(dir=kernel) as folder:
        made_of = Path(folder) / "made_of.c"
        made_of.write_text(f'const char made_of[] = "{known["digest"](kernel)}";\n')
        made = Path(folder) / library.name
        done = subprocess.run(
            [*command, *FLAGS, *map(str, known["sources"](kernel)), made_of, "-o", made],
            env=os.environ | {"ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder},
            check=False,
        )
        if done.returncode:
            raise SystemExit(
                f"{shlex.join(command)} could not compile {KERNEL} on {platform.machine()}; "
                "install gcc, or set CC to another C compiler"
            )
        made.replace(library)  # whoever uses the old one keeps it
    return library
