"""Intervals, reliability, retrieval and goals on a few numbers."""

import numpy as np
import pytest

from tracker.bench import goals, interval, reliability, retrieval
from tracker.bench.figure import Table, line
from tracker.bench.goals import AIMS, Reached


def test_an_interval_is_always_the_same_and_holds_the_mean():
    first, again = (interval.share([True] * 80 + [False] * 20) for _ in range(2))

    assert first == again
    assert first.value == 0.8
    assert first.n == 100
    assert 0.70 < first.low < 0.76
    assert 0.84 < first.high < 0.90
    assert str(first).startswith("80.0 (7")


def test_what_is_unknown_does_not_count():
    assert interval.mean([1.0, None, 0.0]).n == 2
    assert interval.mean([None]) is None


def test_bins_hold_what_was_said_and_what_was_so():
    table = reliability.bins([0.95, 1.0, 0.31, 0.3], [True, False, False, True])

    assert [one.n for one in table] == [0, 0, 0, 2, 0, 0, 0, 0, 0, 2]
    assert table[9].confidence == pytest.approx(0.975)
    assert table[9].right == table[3].right == 0.5
    assert table[0].confidence is None


def test_calibration_errs_by_the_gap_between_the_two():
    assert reliability.error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0)
    assert reliability.error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)
    assert reliability.error([], []) is None


def test_chance_alone_shows_an_error_that_is_taken_off():
    rng = np.random.default_rng(1)
    told = rng.uniform(0, 1, 72)
    right = rng.random(72) < told

    assert 0.05 < reliability.chance(told) < 0.13
    assert reliability.corrected(told, right) < reliability.error(told, right)
    assert reliability.corrected([1.0, 1.0], [False, False]) == 1


def test_the_nearest_is_of_the_same_source_or_not():
    places = np.array([[0.0], [1.0], [10.0], [11.0], [1.4]])

    queries = retrieval.found(retrieval.nearness(places), ["a", "a", "b", "b", "c"])

    assert len(queries) == 4  # "c" has no other
    assert [one.first for one in queries] == [True, False, True, True]
    assert queries[1].precision == 0.5


def test_a_recording_is_called_as_its_neighbours_are_and_never_asked_itself():
    rows = np.array([[side, 0.01 * n] for side in (1.0, -1.0) for n in range(30)])
    sources = ["a"] * 30 + ["b"] * 29 + ["a"]

    found = retrieval.suggestions(retrieval.cosine(rows), sources)

    assert found[:30] == ["a"] * 30
    assert found[-1] == "b"


def test_the_cosine_of_what_points_the_same_way_is_one():
    likeness = retrieval.cosine(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]]))

    assert likeness[0] == pytest.approx([1, 1, 0])


@pytest.mark.parametrize(
    ("reached", "verdict"),
    [
        (Reached(93, 88, 97), "met"),
        (Reached(90, 85, 94), "within the interval"),
        (Reached(80, 75, 85), "missed"),
        (Reached(91.9), "missed"),
        (None, "not measured"),
    ],
)
def test_an_interval_decides_about_a_goal(reached, verdict):
    assert goals.verdict(AIMS["acc1"], reached) == verdict


def test_less_is_better_where_the_goal_says_so():
    aim = AIMS["off-beat"]

    assert goals.verdict(aim, Reached(3, 0, 7)) == "met"
    assert goals.verdict(aim, Reached(6, 2, 9)) == "within the interval"
    assert goals.verdict(aim, Reached(13, 8, 20)) == "missed"
    assert goals.behind(aim, Reached(13))
    assert not goals.behind(aim, Reached(11))


def test_the_table_of_goals_has_every_goal():
    table = goals.table({"acc1": Reached(93, 88, 97, "n 143"), "acc2": Reached(90)})

    assert [row[0] for row in table.rows] == [aim.what for aim in AIMS.values()]
    verdicts = {row[0]: row[5] for row in table.rows}
    assert verdicts["tempo Acc1 4 %"] == "met"
    assert verdicts["key exact"] == "not measured"
    assert any("BEHIND THE PROTOTYPE" in row[6] for row in table.rows)


def test_a_table_is_printed_aligned_and_as_json():
    table = Table(
        "it", ("source", "n", "right"), [("a", 3, interval.share([True])), ("b", 12, None)]
    )

    assert list(table.lines) == [
        "\nit",
        "source   n            right",
        "a        3  100.0 (100-100)",
        "b       12                -",
    ]
    assert '"rows": [["a", 3, {"value": 1.0' in line("measure", table)
