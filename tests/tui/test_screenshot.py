"""The picture in the README is what the app draws.

`TRACKER_UPDATE_SCREENSHOT=1 pytest tests/tui/test_screenshot.py` draws it anew.
"""

import os
from pathlib import Path

from looking import look
from pleasant import pleasant, working
from waiting import until

KEPT = Path(__file__).parents[2] / "contrib" / "screenshot.svg"


async def test_the_readme_has_its_picture(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, pleasant, working) as shown:
        await shown.shows("Arc Lamp", "6:10 left")
        await shown.press(*["j"] * 9)
        await shown.shows("Harbour Lights · 2023", "123.97 BPM")
        await until(lambda: shown.table.cursor == 9)

        if os.environ.get("TRACKER_UPDATE_SCREENSHOT"):
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(shown.app.export_screenshot(title="tracker"), "utf-8")

    kept = KEPT.read_text("utf-8")
    assert kept.startswith("<svg")
    assert "Harbour" in kept
