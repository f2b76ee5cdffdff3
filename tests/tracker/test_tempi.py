"""A range of tempi is read from the configuration, and makes other versions of what it decides."""

import pytest

from tracker import config
from tracker.errors import Invalid
from tracker.model import Bpm, Tempo
from tracker.model.tempi import ALL, Tempi


def test_the_configuration_names_a_range():
    told = config.parse("[analysis]\ntempo_range = [70, 180]")

    assert told.analysis.tempo_range == Tempi(70, 180)
    assert config.Config().analysis.tempo_range == ALL


@pytest.mark.parametrize(
    "value", ["[180, 70]", "[90, 90]", "[70]", "[0, 180]", "[70, 180, 200]", "70", '"70-180"']
)
def test_what_is_no_range_is_refused(value):
    with pytest.raises(Invalid, match="tempo_range"):
        config.parse(f"[analysis]\ntempo_range = {value}")


def test_a_range_survives_being_written():
    assert Tempi.parse(str(Tempi(70, 180))) == Tempi(70, 180)
    with pytest.raises(ValueError, match="int"):
        Tempi.parse("fast-slow")


def test_only_what_hangs_on_the_octave_is_another_version_under_another_range():
    narrow = Tempi(70, 180)

    assert ALL.version("tempo", 3) == 3
    assert narrow.version("tempo", 3) == 70_180_003
    assert narrow.version("tempo", 4) != narrow.version("tempo", 3)
    assert narrow.version("tempo", 3) != Tempi(80, 160).version("tempo", 3)
    assert narrow.version("key", 3) == 3


@pytest.mark.parametrize(
    ("tempo", "said"),
    [
        (Tempo(Bpm(128.0), 0.9, (Bpm(64.0),), 0.06), "64.00 BPM is 6% likely"),
        (Tempo(Bpm(128.0), 1.0, (Bpm(64.0),), 0.001), None),
        (Tempo(Bpm(128.0), 1.0), None),
        (
            Tempo(Bpm(174.0), 0.9, (Bpm(87.0),), 0.0, outside=Bpm(87.0)),
            "87.00 BPM is likelier, but outside the wanted range",
        ),
    ],
)
def test_a_tempo_tells_what_speaks_for_another_octave(tempo, said):
    assert tempo.why == said
