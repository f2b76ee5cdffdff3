# ruff: noqa: A001, A002 - a format is called format

import base64
import hashlib
import io
import struct
import subprocess
import sys
import textwrap
import zlib

import mutagen
import numpy as np
import pytest
from encoded import FORMATS, FRAMED, UNTAGGED, encode, framed, picture, suffix
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import apev2, flac, id3, mp4
from mutagen.asf import ASFByteArrayAttribute

from tracker.files import tags
from tracker.files.reading import read
from tracker.files.tags import fields, legacy
from tracker.model import Tags

RATE = 44100
WORDS = {
    "title": "Ünïcode Täitle",
    "artist": ["Somebody & Else", "Third"],
    "album": "Album",
    "genre": "House",
    "year": "2001-02-03",
    "track": 3,
    "label": "Label",
    "bpm": 128,
    "key": "F#m",
    "comment": "A comment",
}
EXPECTED = Tags(
    title="Ünïcode Täitle",
    artists=("Somebody & Else", "Third"),
    album="Album",
    genres=("House",),
    year=2001,
    track=3,
    label="Label",
    comment="A comment",
    bpm=128,
    key="11A",
    key_written="F#m",
)
CODECS = {
    "wav": "pcm",
    "aiff": "pcm",
    "opus": "opus",
    "ogg": "vorbis",
    "m4a": "aac",
    "faststart": "aac",
    "fragmented": "aac",
    "alac": "alac",
    "wma": "wma",
    "wv": "wavpack",
    "mka": "flac",
    "webm": "opus",
    "oggflac": "flac",
}
CONTAINERS = {
    "opus": "ogg",
    "faststart": "m4a",
    "fragmented": "m4a",
    "alac": "m4a",
    "oggflac": "ogg",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One untagged file of every format, made once."""
    folder = tmp_path_factory.mktemp("formats")
    sound = 0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    sound = np.column_stack([sound, sound])
    made = {one: encode(folder / f"{one}.{suffix(one)}", sound, RATE, one) for one in FORMATS}
    return {one: path.read_bytes() for one, path in made.items()} | {
        one: framed(one) for one in FRAMED
    }


def of(data):
    return tags.read(io.BytesIO(data))


def tagged(data, change):
    """*data* after *change* was made to its mutagen file."""
    raw = io.BytesIO(data)
    file = mutagen.File(raw)
    if file.tags is None:
        file.add_tags()
    change(file)
    raw.seek(0)
    file.save(raw)
    return raw.getvalue()


def with_frames(data, *frames):
    return tagged(data, lambda file: [file.tags.add(frame) for frame in frames])


def with_values(data, values):
    return tagged(data, lambda file: file.update(values))


def text(name, *values, encoding=3):
    return getattr(id3, name)(encoding=encoding, text=list(values))


def free(name, *values):
    return id3.TXXX(encoding=3, desc=name, text=list(values))


# Every format


@pytest.mark.parametrize("format", [one for one in FORMATS if one not in UNTAGGED])
def test_every_format_tells_the_same(format, tmp_path):
    sound = np.random.default_rng(1).normal(0, 0.1, (RATE // 2, 2))
    path = encode(tmp_path / f"a.{suffix(format)}", sound, RATE, format, WORDS)

    found, stream, complaint = of(path.read_bytes())

    expected = EXPECTED
    if format in {"mka", "webm"}:  # FFmpeg joins them when it writes
        expected = Tags(**{**as_dict(EXPECTED), "artists": ("Somebody & Else; Third",)})
    assert found == expected
    assert complaint is None
    assert stream.format == CONTAINERS.get(format, format)
    assert stream.codec == CODECS.get(format, format)
    assert stream.duration == pytest.approx(0.5, abs=0.2)
    assert (stream.samplerate, stream.channels) == (
        48000 if stream.codec == "opus" else RATE,
        2,
    )
    assert stream.bitrate > 0


def as_dict(found):
    return {name: getattr(found, name) for name in found.__struct_fields__}


@pytest.mark.parametrize("format", UNTAGGED)
def test_formats_without_tags_still_have_a_stream(files, format):
    found, stream, complaint = of(files[format])

    assert (found, complaint) == (Tags(), None)
    assert stream.duration == pytest.approx(1, abs=0.1)
    assert stream.samplerate == RATE


@pytest.mark.parametrize("format", FRAMED)
def test_formats_that_nobody_can_encode_here_are_read(files, format):
    if format in {"dsf", "dff"}:
        data = with_frames(files[format], text("TIT2", "Title"), text("TKEY", "8A"))
    else:
        data = with_values(files[format], {"Title": "Title", "Key": "8A"})

    found, stream, complaint = of(data)

    assert (found.title, found.key, complaint) == ("Title", "8A", None)
    assert stream.format == {"mpc7": "mpc", "mpc8": "mpc"}.get(format, format)
    assert stream.channels == 2


def test_identity_and_tags_come_together(files):
    reading = read(io.BytesIO(with_frames(files["mp3"], text("TIT2", "Title"))))

    assert reading.identity.rule == "mp3"
    assert reading.tags.title == "Title"
    assert reading.stream.codec == "mp3"
    assert reading.complaint is None


def test_content_decides_not_the_name(files, tmp_path):
    liar = tmp_path / "song.flac"
    liar.write_bytes(with_frames(files["mp3"], text("TIT2", "Title")))

    with open(liar, "rb") as file:
        found, stream, _ = tags.read(file)

    assert (found.title, stream.format) == ("Title", "mp3")


# ID3


@pytest.mark.parametrize(
    ("frames", "field", "value"),
    [
        ([text("TPE1", "One", "Two")], "artists", ("One", "Two")),
        ([text("TPE1", "One\0Two")], "artists", ("One", "Two")),
        ([text("TPE1", "One & Two")], "artists", ("One & Two",)),
        ([text("TPE1", "A feat. B"), free("ARTISTS", "A", "B")], "artists", ("A", "B")),
        ([text("TPE2", "Various")], "album_artist", "Various"),
        ([text("TCON", "(17)")], "genres", ("Rock",)),
        ([text("TCON", "17")], "genres", ("Rock",)),
        ([text("TCON", "(4)Eurodisco")], "genres", ("Disco", "Eurodisco")),
        ([text("TCON", "House", "Techno")], "genres", ("House", "Techno")),
        ([text("TCON", "House; Techno")], "genres", ("House", "Techno")),
        ([text("TMOO", "Dark; Driving")], "moods", ("Dark", "Driving")),
        ([text("TDRC", "2001-02-03T10:00:00")], "year", 2001),
        ([text("TDRL", "1999")], "year", 1999),
        ([text("TDRC", "0000"), text("TDOR", "1988")], "year", 1988),
        ([text("TRCK", "3/12")], "track", 3),
        ([text("TRCK", "3/12")], "tracks", 12),
        ([text("TRCK", "0/0")], "track", None),
        ([text("TRCK", "A1")], "track", None),
        ([text("TPOS", "02 of 2")], "disc", 2),
        ([text("TPOS", "1/2")], "discs", 2),
        ([text("TPUB", "Kompakt")], "label", "Kompakt"),
        ([free("LABEL", "Ostgut"), text("TPUB", "Kompakt")], "label", "Ostgut"),
        ([free("CATALOGNUMBER", "KOM 1")], "catalogue_number", "KOM 1"),
        ([free("Catalog #", "KOM 2")], "catalogue_number", "KOM 2"),
        ([text("TSRC", "DEAB12345678")], "isrc", "DEAB12345678"),
        ([text("TPE4", "Remixer")], "remixer", "Remixer"),
        ([free("MIXARTIST", "Remixer")], "remixer", "Remixer"),
        ([text("TBPM", "128")], "bpm", 128.0),
        ([text("TBPM", "127,98")], "bpm", 127.98),
        ([text("TBPM", "128 BPM")], "bpm", 128.0),
        ([text("TBPM", "128"), free("fBPM", "127.98")], "bpm", 127.98),
        ([text("TBPM", "64"), free("fBPM", "127.98")], "bpm", 64.0),
        ([text("TBPM", "0")], "bpm", None),
        ([text("TBPM", "12800")], "bpm", None),
        ([text("TBPM", "fast")], "bpm", None),
        ([text("TBPM", "0"), free("BPM", "99.5")], "bpm", 99.5),
        ([text("TKEY", "Am")], "key", "8A"),
        ([text("TKEY", "Am")], "key_written", "Am"),
        ([text("TKEY", "8A - 7")], "key", "8A"),
        ([text("TKEY", "o")], "key", None),
        ([text("TKEY", "o")], "key_written", "o"),
        ([text("TKEY", "All"), free("INITIALKEY", "5d")], "key", "12B"),
        ([free("KEY", "C# minor")], "key", "12A"),
        ([text("TIT2", " \0 padded \0\0")], "title", "padded"),
        ([text("TIT2", "   ")], "title", None),
        ([text("TIT2", "x" * 10_000)], "title", "x" * 4096),
        ([text("TPE1", *map(str, range(100)))], "artists", tuple(map(str, range(64)))),
    ],
)
def test_a_frame_fills_its_field(files, frames, field, value):
    found, _, _ = of(with_frames(files["mp3"], *frames))

    assert getattr(found, field) == value


def test_id3_of_other_versions_says_the_same(files):
    for version in (3, 4):
        raw = io.BytesIO(files["mp3"])
        found = id3.ID3()
        for frame in (text("TDRC", "2001-02-03"), text("TPE1", "One", "Two"), text("TCON", "(17)")):
            found.add(frame)
        if version == 3:
            found.update_to_v23()
        found.save(raw, v2_version=version, v23_sep=None)

        read_again, _, _ = of(raw.getvalue())

        assert (read_again.year, read_again.artists) == (2001, ("One", "Two"))
        assert read_again.genres == ("Rock",)


def test_id3_of_the_second_version_is_read(files):
    def frame(name, value):
        return name + (len(value) + 1).to_bytes(3, "big") + b"\0" + value

    body = frame(b"TT2", b"Title") + frame(b"TP1", b"Artist") + frame(b"TBP", b"128")
    body += frame(b"TKE", b"Am") + frame(b"TYE", b"1997")
    data = b"ID3\2\0\0" + bytes([0, 0, 0, len(body)]) + body + files["mp3"]

    found, _, _ = of(data)

    assert (found.title, found.artist, found.bpm) == ("Title", "Artist", 128)
    assert (found.key, found.year) == ("8A", 1997)


def test_id3v1_is_enough(files):
    old = b"TAG" + b"Title".ljust(30, b"\0") + b"Artist".ljust(30) + b"Album".ljust(30, b"\0")
    old += b"1999" + b"Comment".ljust(28, b"\0") + b"\0\x07" + b"\x11"

    found, _, _ = of(files["mp3"] + old)

    assert (found.title, found.artist, found.album) == ("Title", "Artist", "Album")
    assert (found.year, found.track, found.genre) == (1999, 7, "Rock")
    assert found.comment == "Comment"


def test_ape_completes_id3(files):
    data = with_frames(files["mp3"], text("TIT2", "Title"), text("TPE1", "From ID3"))
    ape, raw = apev2.APEv2(), io.BytesIO(data)
    ape.update({"Artist": "From APE", "Catalog": "CAT 1", "Track": "3/4"})
    ape.save(raw)

    found, _, _ = of(raw.getvalue())

    assert (found.title, found.artist) == ("Title", "From ID3")
    assert (found.catalogue_number, found.track, found.tracks) == ("CAT 1", 3, 4)


def comment(value, desc="", lang="eng"):
    return id3.COMM(encoding=3, lang=lang, desc=desc, text=[value])


@pytest.mark.parametrize(
    ("frames", "value"),
    [
        ([comment("by a human")], "by a human"),
        ([comment("named", desc="Note"), comment("by a human")], "by a human"),
        ([comment("named", desc="Note")], "named"),
        ([comment(" 00000A2C" * 10, desc="iTunNORM")], None),
        ([comment(" 00000A2C" * 10)], None),
        ([comment(" 0000 0840", desc="iTunSMPB"), comment("human", lang="deu")], "human"),
        ([comment("x", desc="Songs-DB_Custom1")], None),
    ],
)
def test_the_comment_is_the_human_one(files, frames, value):
    assert of(with_frames(files["mp3"], *frames))[0].comment == value


@pytest.mark.parametrize(
    ("owner", "values"),
    [
        ("Windows Media Player 9 Series", {0: None, 1: 1, 64: 2, 128: 3, 196: 4, 255: 5}),
        ("no@email", {1: 1, 13: 1, 54: 2, 64: 2, 118: 3, 128: 3, 186: 4, 196: 4, 242: 5, 255: 5}),
        ("traktor@native-instruments.de", {0: None, 51: 1, 102: 2, 153: 3, 204: 4, 255: 5}),
        ("users@musicbrainz.org", {51: 1, 102: 2, 153: 3, 204: 4, 255: 5}),
        ("rating@winamp.com", {1: 1, 64: 2, 128: 3, 196: 4, 255: 5}),
        ("quodlibet@lists.sacredchao.net", {127: 2, 191: 4, 255: 5}),
        ("", {51: 1, 196: 4}),
    ],
)
def test_stars_of_every_program(files, owner, values):
    for rating, stars in values.items():
        data = with_frames(files["mp3"], id3.POPM(email=owner, rating=rating))

        assert of(data)[0].rating == stars, rating


@pytest.mark.parametrize(
    ("name", "value", "stars"),
    [
        ("RATING", "4", 4),
        ("RATING", "80", 4),
        ("RATING", "100", 5),
        ("RATING", "0", None),
        ("RATING", "10", 5),
        ("RATING WMP", "196", 4),
        ("RATING WMP", "255", 5),
        ("FMPS_RATING", "0.8", 4),
        ("FMPS_RATING", "1.0", 5),
        ("FMPS_RATING", "7", None),
        ("rating:me@home", "0.6", 3),
        ("RATING", "★★★", 3),
        ("RATING", "good", None),
        ("RATING", "nan", None),
        ("RATING", "9" * 300, None),
    ],
)
def test_stars_in_comments(files, name, value, stars):
    assert of(with_values(files["flac"], {name: value}))[0].rating == stars


# The others


@pytest.mark.parametrize("format", ["flac", "ogg", "opus", "oggflac"])
def test_vorbis_comments_fill_their_fields(files, format):
    data = with_values(
        files[format],
        {
            "artist": ["One", "Two"],
            "album artist": "Various",
            "date": "03.02.2001",
            "tracknumber": "3",
            "totaltracks": "12",
            "discnumber": "1/2",
            "organization": "Kompakt",
            "catalognumber": "KOM 1",
            "isrc": "DEAB12345678",
            "remixer": ["A", "B"],
            "description": "words",
            "bpm": "127.5",
            "initialkey": "Ebmaj",
        },
    )

    found, _, _ = of(data)

    assert found == Tags(
        artists=("One", "Two"),
        album_artist="Various",
        year=2001,
        track=3,
        tracks=12,
        disc=1,
        discs=2,
        label="Kompakt",
        catalogue_number="KOM 1",
        isrc="DEAB12345678",
        remixer="A, B",
        comment="words",
        bpm=127.5,
        key="5B",
        key_written="Ebmaj",
    )


def atom(value):
    return [mp4.MP4FreeForm(value.encode())]


def test_mp4_atoms_fill_their_fields(files):
    own = "----:com.apple.iTunes:"
    data = with_values(
        files["m4a"],
        {
            "\xa9ART": ["One", "Two"],
            "aART": ["Various"],
            "\xa9day": ["2001-02-03T08:00:00Z"],
            "\xa9gen": ["House"],
            "trkn": [(3, 12)],
            "disk": [(1, 0)],
            "tmpo": [128],
            own + "BPM": atom("127.98"),
            own + "LABEL": atom("Kompakt"),
            own + "CATALOGNUMBER": atom("KOM 1"),
            own + "ISRC": atom("DEAB12345678"),
            own + "REMIXER": atom("Remixer"),
            own + "initialkey": atom("4m"),
            own + "RATING": atom("80"),
            own + "iTunNORM": atom(" 00000A2C" * 10),
        },
    )

    found, _, _ = of(data)

    assert found == Tags(
        artists=("One", "Two"),
        album_artist="Various",
        genres=("House",),
        year=2001,
        track=3,
        tracks=12,
        disc=1,
        label="Kompakt",
        catalogue_number="KOM 1",
        isrc="DEAB12345678",
        remixer="Remixer",
        rating=4,
        bpm=127.98,
        key="11A",
        key_written="4m",
    )


def test_asf_attributes_fill_their_fields(files):
    data = with_values(
        files["wma"],
        {
            "Author": ["One", "Two"],
            "WM/AlbumArtist": ["Various"],
            "WM/Year": ["2001"],
            "WM/TrackNumber": ["3"],
            "WM/PartOfSet": ["1/2"],
            "WM/Publisher": ["Kompakt"],
            "WM/CatalogNo": ["KOM 1"],
            "WM/ISRC": ["DEAB12345678"],
            "WM/ModifiedBy": ["Remixer"],
            "WM/SharedUserRating": ["75"],
            "WM/BeatsPerMinute": ["128"],
            "WM/InitialKey": ["Am"],
        },
    )

    found, _, _ = of(data)

    assert found == Tags(
        artists=("One", "Two"),
        album_artist="Various",
        year=2001,
        track=3,
        disc=1,
        discs=2,
        label="Kompakt",
        catalogue_number="KOM 1",
        isrc="DEAB12345678",
        remixer="Remixer",
        rating=4,
        bpm=128,
        key="8A",
        key_written="Am",
    )


@pytest.mark.parametrize(
    ("given", "stars"), [(0, None), (1, 1), (25, 2), (50, 3), (75, 4), (99, 5)]
)
def test_stars_of_windows(files, given, stars):
    assert of(with_values(files["wma"], {"WM/SharedUserRating": [given]}))[0].rating == stars


def test_names_in_a_riff_list_are_read(files):
    data = files["wav"]
    info = b"INFOINAM\6\0\0\0Title\0IART\6\0\0\0Artist"
    whole = data + b"LIST" + struct.pack("<I", len(info)) + info
    whole = whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]

    found, _, _ = of(whole)

    assert (found.title, found.artist) == ("Title", "Artist")


# Covers


def expected_cover(image):
    return hashlib.sha256(image).digest()[:16]


def apic(kind, image):
    return id3.APIC(encoding=3, mime="image/jpeg", type=kind, desc=str(kind), data=image)


def flac_picture(kind, image):
    made = flac.Picture()
    made.type, made.mime, made.data = kind, "image/jpeg", image
    return made


def test_the_front_cover_is_preferred(files):
    back, front = picture(3000), picture(4000)

    in_mp3 = with_frames(files["mp3"], apic(4, back), apic(3, front))
    in_flac = tagged(
        files["flac"],
        lambda file: [file.add_picture(flac_picture(*one)) for one in ((4, back), (3, front))],
    )
    blocks = [
        base64.b64encode(flac_picture(*one).write()).decode() for one in ((4, back), (3, front))
    ]
    in_ogg = with_values(files["ogg"], {"metadata_block_picture": blocks})

    for data in (in_mp3, in_flac, in_ogg):
        assert of(data)[0].cover == expected_cover(front)


def test_any_cover_is_better_than_none(files):
    image = picture(3000)

    assert of(with_frames(files["mp3"], apic(4, image)))[0].cover == expected_cover(image)
    assert of(files["mp3"])[0].cover is None


def test_covers_of_other_formats(files):
    image = picture(3000)
    binary = apev2.APEValue(b"cover.jpg\0" + image, apev2.BINARY)
    wide = "image/jpeg\0\0".encode("utf-16-le")
    asf = ASFByteArrayAttribute(b"\x03" + struct.pack("<I", len(image)) + wide + image)
    found = [
        with_values(files["m4a"], {"covr": [mp4.MP4Cover(image), mp4.MP4Cover(picture(4000))]}),
        with_values(files["wv"], {"Cover Art (Front)": binary}),
        with_values(files["wma"], {"WM/Picture": [asf]}),
        with_values(files["ogg"], {"coverart": base64.b64encode(image).decode()}),
    ]

    for data in found:
        assert of(data)[0].cover == expected_cover(image)


def test_a_broken_cover_costs_no_tags(files):
    data = with_values(
        files["ogg"], {"metadata_block_picture": ["!", "AAAA"], "coverart": "%", "title": "T"}
    )

    assert (of(data)[0].title, of(data)[0].cover) == ("T", None)


# What DJ programs leave


def geob(desc):
    return id3.GEOB(encoding=0, mime="application/octet-stream", desc=desc, data=b"\1\1")


@pytest.mark.parametrize(
    ("frame", "program"),
    [
        (geob("Serato Markers2"), "serato"),
        (geob("Serato BeatGrid"), "serato"),
        (id3.PRIV(owner="TRAKTOR4", data=b"DMRT"), "traktor"),
        (geob("CuePoints"), "mixed in key"),
        (geob("Key"), "mixed in key"),
        (free("EnergyLevel", "7"), "mixed in key"),
        (geob("rekordbox"), "rekordbox"),
        (geob("VirtualDJ"), "virtualdj"),
        (free("SERATO_PLAYCOUNT", "3"), "serato"),
    ],
)
def test_blocks_of_dj_programs_are_noted(files, frame, program):
    for format in ("mp3", "aiff", "wav"):
        assert of(with_frames(files[format], frame))[0].dj == (program,)


def test_blocks_of_dj_programs_are_noted_in_other_formats(files):
    block = "----:com.serato.dj:markersv2"

    assert of(with_values(files["m4a"], {block: atom("AAAA")}))[0].dj == ("serato",)
    assert of(with_values(files["flac"], {"SERATO_MARKERS_V2": "AAAA"}))[0].dj == ("serato",)
    assert of(with_values(files["flac"], {"TRAKTOR4": "AAAA"}))[0].dj == ("traktor",)
    assert of(files["mp3"])[0].dj == ()


# Texts


def test_texts_can_be_written_as_utf8(files):
    lone = "a\ud800b"
    body = b"\1\xff\xfe" + lone.encode("utf-16-le", "surrogatepass")
    frame = b"TIT2" + len(body).to_bytes(4, "big") + b"\0\0" + body
    data = b"ID3\3\0\0" + bytes([0, 0, 0, len(frame)]) + frame + files["mp3"]

    for title in (of(data)[0].title, fields.tags(collected("title", lone)).title):
        assert title is None or title.encode("utf-8")


def collected(name, *values):
    from tracker.files.tags.found import Found

    found = Found()
    found.text(name, values)
    return found


@pytest.mark.parametrize(
    ("encoding", "words", "right"),
    [
        ("cp1251", ["Кино", "Группа крови"], True),
        ("cp1251", ["Дискотека Авария", "Новый год"], True),
        ("cp932", ["宇多田ヒカル", "東京事変"], True),
        ("utf-8", ["Björk", "Кино"], True),
        ("utf-8", ["Sigur Rós"], True),
        ("latin-1", ["Björk"], True),
        ("latin-1", ["Sigur Rós", "Ágætis byrjun"], True),
        ("latin-1", ["Beyoncé", "Déjà Vu"], True),
        ("latin-1", ["ÄÖÜäöüß"], True),
        ("cp1252", ["Don’t “Stop”…"], True),
        ("koi8-r", ["Кино Группа крови"], False),
        ("gb18030", ["周杰伦 青花瓷"], False),
        ("euc-kr", ["소녀시대 다시만난세계"], False),
        ("cp1253", ["Μίκης Θεοδωράκης"], False),
    ],
)
def test_old_encodings_are_read_when_they_are_plain_to_see(files, encoding, words, right):
    """What is not plain stays as it was."""
    narrow = [word.encode(encoding).decode("latin-1") for word in words]
    found, _, _ = of(
        with_frames(files["mp3"], *(free_narrow(name, one) for name, one in enumerate(narrow)))
    )

    decode = legacy.decoder(narrow)
    assert [decode(one) for one in narrow] == (words if right else narrow)
    assert found.title == (words[0] if right else narrow[0].strip())


def free_narrow(index, value):
    return text(("TIT2", "TPE1")[index], value, encoding=0)


# What is wrong with files


def test_an_empty_file_is_said_to_be_empty():
    assert of(b"") == (Tags(), None, "The file is empty.")


@pytest.mark.parametrize("data", [b"x", b"words " * 400, picture(5000), bytes(100)])
def test_what_is_no_audio_is_a_complaint(data):
    found, stream, complaint = of(data)

    assert (found, stream) == (Tags(), None)
    assert complaint == "This is no audio file of a kind that can be read."


def test_tags_without_audio_are_read_and_complained_about(files):
    raw = io.BytesIO()
    alone = id3.ID3()
    alone.add(text("TIT2", "Title"))
    alone.save(raw)

    found, stream, complaint = of(raw.getvalue())

    assert (found.title, stream) == ("Title", None)
    assert complaint == "There is no audio in this file, only tags."


def test_a_playlist_opens_no_other_file(files, tmp_path):
    (tmp_path / "a.mp3").write_bytes(files["mp3"])
    for words in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{tmp_path}/a.mp3\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{tmp_path}/a.mp3'\n",
    ):
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(words)

        with open(playlist, "rb") as file:
            found, stream, complaint = tags.read(file)

        assert (found, stream) == (Tags(), None)
        assert complaint


def test_a_complaint_is_one_clean_line(files, monkeypatch):
    def fail(*_):
        raise IndexError("bad\n\x1b[31mbyte" + "x" * 10_000)

    monkeypatch.setattr(mutagen.flac, "FLAC", fail)
    monkeypatch.setitem(tags._KINDS, "flac", [fail])

    _, stream, complaint = of(files["flac"])

    assert complaint.startswith("The tags cannot be read: IndexError: bad␊␛[31mbyte")
    assert complaint.isprintable()
    assert len(complaint) < 300
    assert stream.duration == pytest.approx(1)


def test_a_frame_that_unpacks_without_end_is_a_complaint(files, tmp_path):
    """In a process of its own, whose memory is bounded as a worker's is."""
    packed = zlib.compress(b"\3" + bytes(200 << 20), 1)

    def syncsafe(number):
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    body = syncsafe(200 << 20) + packed
    frame = b"TXXX" + syncsafe(len(body)) + b"\0\x09" + body
    bomb = tmp_path / "bomb.mp3"
    bomb.write_bytes(b"ID3\4\0\0" + syncsafe(len(frame)) + frame + files["mp3"])
    code = """
        import resource, sys
        from tracker.files import tags
        limit = 600 << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        with open(sys.argv[1], "rb") as file:
            print(tags.read(file))
    """

    answer = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), bomb],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "more memory than reading them may take" in answer.stdout


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6))
def test_damage_never_raises(files, format, where):
    data = bytearray(files[format][:8000])
    for place, other in where:
        start = int(place**3 * (len(data) - 1))
        data[start : start + len(other)] = other

    found, stream, complaint = of(bytes(data))

    assert isinstance(found, Tags)
    assert stream or complaint


# Values


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("2001", 2001),
        ("2001-02-03", 2001),
        ("20010203", 2001),
        ("03/02/2001", 2001),
        ("c1999", 1999),
        ("1999/2005", 1999),
        ("2001-02-03T00:00:00Z", 2001),
        ("0000", None),
        ("12001", None),
        ("3001", None),
        ("", None),
        ("next year", None),
    ],
)
def test_a_year_is_found_in_any_date(words, year):
    assert fields.year(words) == year


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("8A", "8A"),
        ("8A - Energy 7", "8A"),
        ("Am, Em", "8A"),
        ("A minor/C major", "8A"),
        ("4A (Fm)", "4A"),
        ("[8A]", "8A"),
        ("", None),
        ("o", None),
        ("x" * 5000, None),
    ],
)
def test_a_key_is_found_among_other_words(words, key):
    assert fields.camelot(words) == key


@pytest.mark.parametrize("name", [b"TIT2", b"TXXX", b"TIPL", b"COMM", b"SYLT", b"ETCO", b"EQU2"])
def test_a_frame_of_a_million_empty_texts_is_read_in_no_time(files, name):
    """It would take minutes, and the test be ended, were each of them read."""
    size = bytes(3_000_000 >> shift & 0x7F for shift in (21, 14, 7, 0))
    title = b"TALB" + bytes((0, 0, 0, 6, 0, 0)) + b"\0Album"
    body = title + name + size + b"\0\0\1" + bytes(2_999_999)
    whole = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))

    found, stream, complaint = tags.read(io.BytesIO(b"ID3\4\0\0" + whole + body + files["mp3"]))

    assert (found.album, found.title, complaint) == ("Album", None, None)
    assert stream.duration == pytest.approx(1, abs=0.1)


def test_a_frame_of_many_values_keeps_the_first_ones(files):
    data = with_frames(files["mp3"], text("TPE1", *(f"Artist {n}" for n in range(500))))

    found, _, _ = tags.read(io.BytesIO(data))

    assert found.artists[:2] == ("Artist 0", "Artist 1")
    assert len(found.artists) <= 64


def test_metadata_that_is_no_utf8_is_told_as_far_as_it_is(tmp_path):
    sound = np.zeros((RATE, 2), np.float32)
    words = {"title": "Title", "artist": "Artist"}
    path = encode(tmp_path / "a.mka", sound, RATE, "mka", words)
    data = path.read_bytes().replace(b"Title", b"Tit\xffe")

    found, stream, complaint = tags.read(io.BytesIO(data))

    assert (found.title, found.artists, complaint) == ("Tit\ufffde", ("Artist",), None)
    assert stream.duration == pytest.approx(1, abs=0.1)
