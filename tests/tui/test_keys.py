import pytest

from tui import keys
from tui.app import TrackerApp
from tui.dialogs.help import Help
from tui.screens.jobs import JobsScreen
from tui.screens.library import LibraryScreen
from tui.screens.settings import SettingsScreen
from tui.widgets.job_table import JobTable
from tui.widgets.root_table import RootTable
from tui.widgets.track_table import TrackTable

PLACES = [
    (LibraryScreen, TrackTable),
    (JobsScreen, JobTable),
    (SettingsScreen, RootTable),
]


def bound(*classes):
    """Every key of these classes and those they come from, with the ids that claim it."""
    found = {}
    for one in classes:
        for ancestor in one.__mro__:
            for binding in vars(ancestor).get("BINDINGS", ()):
                if getattr(binding, "id", None) in keys.BY_ID:
                    for key in binding.key.split(","):
                        found.setdefault(key, set()).add(binding.id)
    return found


def test_every_key_has_one_line_in_the_table():
    assert len(keys.BY_ID) == len(keys.TABLE)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0].__name__)
def test_on_no_screen_has_a_key_two_meanings(place):
    for key, ids in bound(TrackerApp, *place).items():
        assert len(ids) == 1, f"{key} means {ids}"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0].__name__)
def test_every_action_of_a_key_exists(place):
    for ids in bound(TrackerApp, *place).values():
        for id_ in ids:
            name = "action_" + keys.BY_ID[id_].action.partition("(")[0]
            assert any(hasattr(one, name) for one in (TrackerApp, *place)), id_


def test_no_screen_takes_a_key_from_the_lists():
    lists = {k for key in keys.TABLE if key.id.startswith("list.") for k in key.keys.split(",")}
    for key in keys.TABLE:
        if not key.id.startswith("list."):
            assert not lists & set(key.keys.split(",")), key.id


def test_help_names_every_key_that_works():
    said = Help([key.id for key in keys.TABLE]).draw("").plain

    for key in keys.TABLE:
        assert key.says in said
        assert keys.names(key.keys) in said


def test_help_is_searched_by_words():
    said = Help([key.id for key in keys.TABLE]).draw("folder watch").plain

    assert "Watch another folder" in said
    assert "Sort by another column" not in said
