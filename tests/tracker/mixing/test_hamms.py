"""The contract of HAMMS: names, weights, circles, and what is unknown."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.mixing import hamms, harmony
from tracker.mixing.hamms import WEIGHTS, similarity
from tracker.model import Hamms

KEYS = [f"{hour}{mode}" for hour in range(1, 13) for mode in "AB"]
PLACE = st.none() | st.floats(0, 1)
TRACK = st.builds(Hamms, **dict.fromkeys(WEIGHTS, PLACE))
SURE = dict.fromkeys(WEIGHTS, 1.0)


def track(**changed):
    values = dict.fromkeys(WEIGHTS, 0.5) | {
        "bpm": hamms.place_of_bpm(124),
        "key": hamms.place_of_key("8A"),
    }
    return Hamms(**(values | changed), confidence=SURE)


def test_the_dimensions_and_their_weights_are_the_contract():
    fields = [field.name for field in msgspec.structs.fields(Hamms)]

    assert [*WEIGHTS, "confidence"] == fields
    assert [*WEIGHTS.values()] == [1.3, 1.4, 1.2, 0.9, 0.8, 0.6, 0.5, 1.1, 0.7, 0.9, 0.8, 0.6]
    assert (hamms.DISTANCE, hamms.ANGLE) == (0.6, 0.4)


def test_a_track_is_wholly_like_itself():
    found = similarity(track(), track())

    assert found.value == pytest.approx(1)
    assert found.confidence == pytest.approx(1)
    assert (found.missing, found.rating) == ((), "excellent")


def test_the_number_is_that_of_the_formula():
    one, other = track(energy=0.2), track(energy=0.8)

    weights = {name: weight**2 for name, weight in WEIGHTS.items()}
    whole, middle = sum(weights.values()), sum(weights.values()) - 1.3**2 - 1.4**2 - 1.2**2
    near = 1 - (weights["energy"] * 0.36 / whole) ** 0.5
    common = 1.3**2 + 1.4**2 + middle / 4  # a place on a circle has the length 1
    lengths = (common + 1.44 * 0.04) * (common + 1.44 * 0.64)
    cosine = (common + 1.44 * 0.16) / lengths**0.5

    assert similarity(one, other).value == pytest.approx(0.6 * near + 0.4 * cosine)


@given(TRACK, TRACK)
def test_it_is_the_same_both_ways_and_between_0_and_1(one, other):
    there, back = similarity(one, other), similarity(other, one)

    if there is None:
        assert back is None
    else:
        assert 0 <= there.value <= 1
        assert there.value == pytest.approx(back.value)
        assert there.missing == back.missing


def test_next_to_nothing_is_like_itself():
    tiny = Hamms(harmonic_complexity=5e-104)

    assert similarity(tiny, tiny).value == pytest.approx(1)


def test_what_is_unknown_is_left_out_and_said():
    found = similarity(track(valence=None, key=None), track(valence=0.9, energy=None))

    assert found.missing == ("key", "energy", "valence")
    assert found.value == pytest.approx(1)
    assert found.confidence < 0.75
    assert similarity(Hamms(), track()) is None


@pytest.mark.parametrize(("slow", "fast"), [(87, 174), (62, 124), (50, 100), (105, 210)])
def test_an_octave_of_tempo_is_no_distance(slow, fast):
    places = hamms.place_of_bpm(slow), hamms.place_of_bpm(fast)

    assert all(0 <= place <= 1 for place in places)
    assert hamms.distance("bpm", *places) == pytest.approx(0, abs=1e-9)


def test_the_farthest_tempo_is_half_an_octave_away():
    far = hamms.distance("bpm", hamms.place_of_bpm(100), hamms.place_of_bpm(100 * 2**0.5))

    assert far == pytest.approx(1)


def test_every_key_has_a_place_of_its_own_and_comes_back():
    places = [hamms.place_of_key(key) for key in KEYS]

    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, 1)
    assert [hamms.key_at(place) for place in places] == KEYS


def test_keys_are_as_far_apart_as_they_sound():
    from_a_minor = {key: harmony.distance("8A", key) for key in KEYS}

    nearest = sorted(from_a_minor, key=from_a_minor.get)
    assert nearest[0] == "8A"
    assert {"8B", "7A", "9A"} <= set(nearest[:7])
    assert from_a_minor["2A"] > 0.9  # the tritone


def test_the_table_is_the_same_in_every_key_and_both_ways():
    for one, other in itertools.product(KEYS, KEYS):
        assert harmony.affinity(one, other) == pytest.approx(harmony.affinity(other, one))
        assert 0 <= harmony.distance(one, other) <= 1
    assert {round(harmony.distance(f"{h}A", f"{h % 12 + 1}A"), 9) for h in range(1, 13)} == {
        round(harmony.distance("12A", "1A"), 9)
    }


@pytest.mark.parametrize(
    ("value", "word"), [(0.95, "excellent"), (0.8, "good"), (0.75, "fair"), (0.6, "poor")]
)
def test_a_likeness_has_the_word_of_the_contract(value, word):
    assert hamms.Likeness(value, 1, {}, ()).rating == word
    assert hamms.Likeness(0.3, 1, {}, ()).rating == "different"
