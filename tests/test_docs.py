"""What the documents say is so."""

import ast
import configparser
import re
import shutil
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tracker import __version__
from tracker.config import Config, parse
from tui.cli import main
from tui.keys import TABLE, names

HOUSE = Path(__file__).parents[1]


def keys(values, inside=""):
    for key, value in values.items():
        yield f"{inside}{key}"
        if isinstance(value, dict):
            yield from keys(value, f"{inside}{key}.")


def test_the_example_configuration_holds_every_key_with_its_default():
    text = (HOUSE / "config.example.toml").read_text()
    assert parse(text) == Config()
    assert set(keys(tomllib.loads(text))) == set(keys(msgspec.to_builtins(Config())))


def documented(source):
    """The docstrings of the fields in a module's classes."""
    for kind in ast.walk(ast.parse(source)):
        if isinstance(kind, ast.ClassDef):
            for field, text in pairwise(kind.body):
                if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                    yield field.target.id, text.value.value


def test_the_example_configuration_says_of_each_key_what_the_code_says():
    example = (HOUSE / "config.example.toml").read_text()
    texts = dict(documented((HOUSE / "tracker" / "config.py").read_text()))
    assert set(texts) == {key.rpartition(".")[2] for key in keys(tomllib.loads(example))} - {
        "watch", "workers", "analysis", "ui", "log",
    }  # fmt: skip
    for key, text in texts.items():
        assert f"# {text}\n{key} = " in example, key


def test_the_readme_lists_every_key():
    readme = (HOUSE / "README.md").read_text()
    listed = re.findall(r"^\| `([^`]+)` \| (.+) \|$", readme, re.MULTILINE)
    assert sorted(listed) == sorted((names(key.keys), key.says) for key in TABLE)


def test_the_readme_names_every_verb(capsys):
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.split("verbs:")[1].split("positional")[0]
    verbs = re.findall(r"^  (\w+)  +\w", listed, re.MULTILINE)
    readme = (HOUSE / "README.md").read_text()
    assert len(verbs) > 10
    for verb in verbs:
        assert re.search(rf"tracker {verb}\b|`{verb}`", readme), verb


def test_one_version_everywhere():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (HOUSE / "CHANGELOG.md").read_text()


def test_what_ci_runs_is_what_the_readme_says():
    readme = (HOUSE / "README.md").read_text()
    assert (HOUSE / ".ci" / "test-command").read_text().strip() in readme


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", ["trackerd.service", "trackerd@.service"])
def test_the_service_manager_has_no_complaint_of_our_units(tmp_path, name):
    unit = tmp_path / name.replace("@", "@music")
    unit.write_bytes((HOUSE / "contrib" / "systemd" / name).read_bytes())

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("name", ["trackerd.service", "trackerd@.service"])
def test_a_unit_keeps_the_daemon_when_a_worker_is_too_big(name):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(HOUSE / "contrib" / "systemd" / name)
    service = unit["Service"]
    assert (service["Type"], service["OOMPolicy"]) == ("notify", "continue")
    assert "MemoryDenyWriteExecute" not in service  # numba compiles
