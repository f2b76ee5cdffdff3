import pytest

from tui.widgets.columns import COLUMNS, GAP, layout, usual

ALL = [column.id for column in COLUMNS]


@pytest.mark.parametrize("width", range(20, 220, 7))
def test_the_columns_never_need_more_than_there_is(width):
    placed = layout(ALL, width)

    assert sum(cells + GAP for _, cells in placed) <= max(width, 18)
    assert placed[0][0].id == "title"


def test_at_80_cells_everything_that_matters_is_there():
    assert [column.id for column, _ in layout(usual(80), 76)] == [
        "title", "artist", "bpm", "key", "energy", "duration", "rating",
    ]  # fmt: skip


def test_a_wide_terminal_shows_more():
    assert {"album", "genre", "year"} <= set(usual(156))


def test_the_order_is_the_one_chosen_and_strangers_are_ignored():
    assert [column.id for column, _ in layout(["key", "mood", "title"], 100)] == ["key", "title"]
