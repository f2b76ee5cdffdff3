"""The rules of the house are tests: style, types, directions, and what an import brings along."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ENGINE = "apsw numpy scipy librosa soundfile av mutagen httpx watchfiles"


def run(*command):
    done = subprocess.run(
        command, cwd=HOUSE, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy", "--no-error-summary"),
    ],
    ids=" ".join,
)
def test_the_tools_have_no_complaint(arguments):
    run(sys.executable, "-m", *arguments)


def test_the_rooms_are_entered_in_one_direction():
    run(Path(sys.executable).with_name("lint-imports"), "--no-cache")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("tui.cli", f"asyncio textual rich {ENGINE}"),
        ("tui.app", f"daemon tracker.store tracker.analysis {ENGINE}"),
        ("daemon.cli", "asyncio apsw watchfiles numpy"),
        ("daemon.main", "numpy scipy librosa soundfile av mutagen httpx textual tracker.analysis"),
        ("tracker.rpc", "apsw textual numpy"),
        ("tracker.rpc.call", f"asyncio textual {ENGINE}"),
        ("tracker.analysis", "librosa textual apsw"),
    ],
)
def test_an_import_stays_light(module, heavy):
    script = f"import sys, {module}; print(*(set('{heavy}'.split()) & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []


def test_nothing_runs_a_shell_or_reads_foreign_pickles():
    for path in [
        *HOUSE.glob("tracker/**/*.py"),
        *HOUSE.glob("daemon/**/*.py"),
        *HOUSE.glob("tui/**/*.py"),
    ]:
        found = re.search(r"shell=True|os\.system|pickle\.load|\beval\(|\bexec\(", path.read_text())
        assert not found, f"{path}: {found}"
