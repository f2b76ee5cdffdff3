"""A label is suggested where those that sound alike agree, and only there."""

import pytest

from tracker.mixing import neighbours
from tracker.mixing.neighbours import Census, Neighbour


def suggest(found, labels):
    return neighbours.suggest(found, dict(enumerate(labels)), lambda: Census.of(labels))


def near(*rows, likeness=0.9):
    return [Neighbour(row, likeness) for row in rows]


def library(counts, rest=0):
    """Labels of so many tracks each, and *rest* without."""
    return [{label} for label, count in counts.items() for _ in range(count)] + [set()] * rest


def test_neighbours_that_agree_suggest_their_label_and_say_why():
    labels = library({"techno": 20, "folk": 80})

    found = suggest(near(0, 1, 2, 3, 4, 90), labels)

    assert found.label == "techno"
    assert found.agreeing == (0, 1, 2, 3, 4)
    assert 0.6 < found.confidence < 5 / 6
    assert found.explained("techno") == (
        "5 of the 6 most alike of your labelled tracks are techno, as are 20% of all"
    )


THIN = {
    "nobody is near": ([], {"techno": 10, "folk": 10}),
    "too few are labelled": (near(0, 1, 2, 3), {"techno": 10, "folk": 90}),
    "they do not agree": (near(0, 1, 10, 11, 20, 21), {"a": 10, "b": 10, "c": 10}),
    "everything is labelled so": (near(0, 1, 2, 3, 4, 5), {"techno": 99, "folk": 1}),
    "chance would do as well": (near(0, 1, 2, 10, 11), {"techno": 10, "folk": 10}),
    "they are far": (near(0, 1, 2, 3, 4, 5, likeness=0.1), {"techno": 10, "folk": 90}),
}


@pytest.mark.parametrize("reason", THIN)
def test_where_the_evidence_is_thin_nothing_is_suggested(reason):
    found, counts = THIN[reason]

    assert suggest(found, library(counts)) is None


def test_tracks_without_a_label_neither_speak_nor_count():
    labels = library({"techno": 10, "folk": 40}, rest=1_000)

    found = suggest(near(*range(6), 50, 51, 52), labels)

    assert (found.label, found.asked, found.common) == ("techno", 6, 0.2)


def test_a_track_may_have_several_labels():
    labels = [{"house", "deep house"}] * 6 + [{"house"}] * 4 + [{"folk"}] * 60

    assert suggest(near(0, 1, 2, 3, 4, 6, 7), labels).label == "house"
