"""Compiles `tracker/analysis/kernel` when tracker is installed: a hook of hatchling.

The compiler is `$CC`, or the first of `cc`, `gcc` and `clang` that works. A machine without one
gets the compiler that the package ziglang brings, for the time of the installation.
"""

from __future__ import annotations

import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

KERNEL = Path("tracker/analysis/kernel")
COMPILERS = ("cc", "gcc", "clang")
TRIAL = "#include <math.h>\n#include <string.h>\nint trial(void) { return 0; }\n"
ZIG = "ziglang>=0.17"
ZIG_CC = (sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline")
"""For any processor of its kind, as other compilers do without being told."""


class BuildKernel(BuildHookInterface[Any]):
    def dependencies(self) -> list[str]:
        """What pip fetches before it builds."""
        return [] if compiler() else [ZIG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, for the wheel and beside its sources, where whoever works there looks for it."""
        if self.target_name != "wheel":
            return
        self.folder = tempfile.TemporaryDirectory(prefix="kernel-")
        kernel = Path(self.root) / KERNEL
        library = build(kernel, Path(self.folder.name))
        if version == "editable":
            put(library, kernel)
        else:
            with suppress(OSError):  # the sources may lie where nobody writes
                put(library, kernel)
            build_data["force_include"][str(library)] = str(KERNEL / library.name)
        # It is plain C: any Python of this machine can load it.
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{place()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel holds it now."""
        if self.target_name == "wheel":
            self.folder.cleanup()


def place() -> str:
    """The platform that pip accepts a wheel of here; it was built for no older one."""
    return next(tag for tag in platform_tags() if not tag.startswith(("manylinux", "musllinux")))


def compiler() -> list[str] | None:
    """The command that compiles C on this machine, if there is one."""
    try:
        if chosen := shlex.split(os.environ.get("CC", "")):
            return chosen
    except ValueError as error:
        raise SystemExit(f"CC is no command: {error}") from error
    return next(([name] for name in COMPILERS if shutil.which(name) and works(name)), None)


def works(name: str) -> bool:
    """Some that are there only say where to get a compiler, or lack the headers."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "trial.c"
        trial.write_text(TRIAL)
        command = [name, "-shared", "-fPIC", str(trial), "-o", str(trial.with_suffix(".so"))]
        return not subprocess.run(command, capture_output=True, check=False).returncode


def build(kernel: Path, folder: Path) -> Path:
    """The library, made in *folder*. Raises SystemExit where that fails; it says why."""
    known = runpy.run_path(str(kernel / "interface.py"))
    digest, library = known["digest"](kernel), folder / str(known["LIBRARY"])
    made_of = folder / "made_of.c"
    made_of.write_text(f'const char made_of[] = "{digest}";\n')
    command = compiler() or [*ZIG_CC]
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder)}
    try:
        subprocess.run(
            [*command, *known["FLAGS"], *known["sources"](kernel), made_of, "-o", library],
            env=os.environ | caches,
            check=True,
        )
        if known["opened"](library)[1] != digest:
            raise ValueError("what came out is another library")
    except (OSError, subprocess.CalledProcessError, AttributeError, ValueError) as error:
        # What the compiler complained of stands above.
        why = "" if isinstance(error, subprocess.CalledProcessError) else f" ({error})"
        raise SystemExit(
            f"{shlex.join(command)} could not compile {KERNEL}{why}; "
            "install gcc, or set CC to another C compiler"
        ) from error
    return library


def put(library: Path, kernel: Path) -> None:
    """Copy it there in one step: whoever uses an old one keeps that."""
    beside = kernel / f".{os.getpid()}.{library.name}"
    try:
        shutil.copy(library, beside)
        beside.replace(kernel / library.name)
    finally:
        beside.unlink(missing_ok=True)
