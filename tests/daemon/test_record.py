"""The log."""

import pytest

from daemon.record import begin
from tracker.errors import Unusable


def test_a_log_that_cannot_be_written_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(Unusable, match="XDG_STATE_HOME"):
        begin(tmp_path / "file" / "trackerd.log", "info")
