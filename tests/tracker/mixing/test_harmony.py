import pytest

from tracker.mixing import harmony

CAMELOT = {
    "8A": (
        "8A",
        "08a",
        " 8a ",
        "8 A",
        "1m",
        "01M",
        "Am",
        "A minor",
        "a",
        "Amin",
        "AMIN",
        "A MINOR",
    ),
    "8B": ("8B", "1d", "C", "Cmaj", "CMaj", "C MAJOR", "C major", "C-Dur", "CM", "c maj"),
    "12A": ("12A", "5m", "C#m", "Dbm", "Cis moll", "cis-moll", "Cis-Moll", "cis", "C♯ Minor", "c#"),
    "3B": ("3B", "8d", "Db", "C#", "D♭", "Des-Dur", "D-flat major", "D flat"),
    "11A": ("11A", "F#m", "F♯m", "Gbmin", "F sharp minor", "fis-moll", "F#-", "F# min.", "Fsm"),
    "2B": ("2B", "F#", "Gb", "Fis-Dur", "F#/Gb", "F♯/G♭", "Fsharp"),
    "1A": ("1A", "Abm", "G#m", "as", "as-moll", "gis", "G♯ min", "Abm/G#m", "G♯/A♭ minor"),
    "4B": ("4B", "A♭ major", "Ab Maj", "As", "As-Dur", "AS-DUR"),
    "5B": ("5B", "Eb", "Es", "Es-Dur", "Ebmaj", "E♭ Major", "E flat"),
    "2A": ("2A", "Ebm", "es-moll", "E♭ Minor", "E FLAT MINOR", "d#m", "dis-moll"),
    "3A": ("3A", "Bbm", "A#m", "Asm", "ais-moll", "B flat minor", "bb"),
    "6B": ("6B", "Bb", "A#", "Bes", "B-flat", "Bb Major"),
    "1B": ("1B", "H", "H-Dur", "B", "Ces", "B major"),
    "10A": ("10A", "h-moll", "H-Moll", "h", "Bm", "Bmin"),
    "7A": ("7A", "d", "Dm", "D-"),
    "12B": ("12B", "5d", "E", "E-Dur"),
}
"""Every way in which programs and people write these keys."""


@pytest.mark.parametrize(
    ("words", "key"), [(words, key) for key, all_ in CAMELOT.items() for words in all_]
)
def test_every_notation_is_understood(words, key):
    assert harmony.parse(words) == key


@pytest.mark.parametrize("words", ["8A (Am)", "Am (8A)", "8A/Am", "8A | Am"])
def test_one_key_written_twice_is_one_key(words):
    assert harmony.parse(words) == "8A"


@pytest.mark.parametrize(
    "words",
    [
        *("", " ", "o", "m", "x", "♯", "0A", "13A", "13m", "8C", "All", "AB", "Cmin7", "A dorian"),
        *("8A 9A", "Am/C", "8A,9A", "A minor/C major", "1/2/3/4/5", "(", "()", "8A - 7", "/m"),
    ],
)
def test_what_is_no_single_key_is_none(words):
    assert harmony.parse(words) is None


def test_there_are_24_keys_and_names_lead_back_to_them():
    keys = [f"{hour}{mode}" for hour in range(1, 13) for mode in "AB"]

    assert len({harmony.name(key) for key in keys}) == 24
    for key in keys:
        tonic, minor = harmony.tonic_and_mode(key)
        assert harmony.camelot(tonic, minor=minor) == key
        assert harmony.parse(harmony.name(key)) == key
        assert harmony.parse(harmony.open_key(key)) == key


def test_a_minor_is_8a_and_a_fifth_up_is_one_hour_on():
    assert harmony.name("8A") == "A minor"
    assert harmony.name("9A") == "E minor"
    assert harmony.name("8B") == "C major"


@pytest.mark.parametrize("words", ["", "0A", "13B", "Am"])
def test_names_are_of_camelot_keys_only(words):
    with pytest.raises(ValueError, match="no Camelot key"):
        harmony.name(words)
