"""Where our files live, whatever the environment says."""

from pathlib import Path

import pytest

from tracker import paths
from tracker.errors import Unusable


def test_somebody_without_a_home_is_told_so(monkeypatch):
    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)

    with pytest.raises(Unusable, match="set HOME"):
        paths.catalogue()


def test_a_place_that_is_given_needs_no_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("HOME", raising=False)

    assert paths.catalogue() == tmp_path / "tracker" / "catalogue.db"
