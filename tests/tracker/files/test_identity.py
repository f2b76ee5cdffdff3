# ruff: noqa: A001, A002 - a format is called format

import hashlib
import io
import shutil
import struct

import av
import mutagen
import numpy as np
import pytest
import xxhash
from encoded import FORMATS, FRAMED, UNTAGGED, encode, framed, picture, suffix, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import apev2, flac, id3, mp4, oggvorbis

from tracker.files.identity import WHOLE, identify

RATE = 44100
RULES = {
    "rf64": "wav",
    "w64": "wav",
    "opus": "ogg",
    "oggflac": "ogg",
    "wma": "asf",
    "m4a": "mp4",
    "faststart": "mp4",
    "fragmented": "mp4",
    "alac": "mp4",
    "mka": "matroska",
    "webm": "matroska",
    "mpc7": "mpc",
    "mpc8": "mpc",
}
"""Where the rule is not called like the format."""
TAGGED = [one for one in FORMATS if one not in {*UNTAGGED, "mka", "webm"}]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One file of every format, made once."""
    folder = tmp_path_factory.mktemp("formats")
    time = np.arange(RATE // 2) / RATE
    sound = 0.3 * np.sin(2 * np.pi * 440 * time) + np.random.default_rng(1).normal(
        0, 0.02, len(time)
    )
    sound = np.column_stack([sound, sound[::-1]])
    made = {one: encode(folder / f"{one}.{suffix(one)}", sound, RATE, one) for one in FORMATS}
    for one in FRAMED:
        made[one] = folder / f"{one}.{suffix(one)}"
        made[one].write_bytes(framed(one))
    return made


def of(data):
    return identify(io.BytesIO(data))


def retag(path):
    """A long comment and a big cover, as a DJ's tagger would leave them."""
    with open(path, "r+b") as raw:
        file = mutagen.File(raw)
        if file.tags is None:
            file.add_tags()
        if isinstance(file.tags, id3.ID3):
            file.tags.add(id3.COMM(encoding=3, lang="eng", text=["words " * 12_000]))
            file.tags.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, data=picture(200_000)))
        elif isinstance(file, mp4.MP4):
            file["\xa9cmt"] = ["words " * 12_000]
            file["covr"] = [mp4.MP4Cover(picture(200_000))]
        elif isinstance(file.tags, mutagen.asf.ASFTags):
            file["Description"] = ["words " * 5_000]
        else:
            file["comment"] = ["words " * 12_000]
        raw.seek(0)
        file.save(raw)


def walked(data, place, *names):
    """Where the payload of an MP4 box begins, by the path of its names."""
    for name in names:
        place = data.index(name, place) + 4
    return place


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
def test_every_format_has_its_rule(files, format):
    found = of(files[format].read_bytes())

    assert found.rule == RULES.get(format, format)
    assert found.essence is not None
    assert len(found.essence) == 16
    assert 0 < found.payload <= files[format].stat().st_size


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
def test_the_hashes_of_the_whole_are_those_of_the_whole(files, format):
    data = files[format].read_bytes()

    found = of(data)

    assert found.sha256 == hashlib.sha256(data).digest()
    assert found.xxh3 == xxhash.xxh3_128_digest(data)


@pytest.mark.parametrize("format", [*(one for one in TAGGED if one != "aac"), *FRAMED])
def test_a_retagged_file_keeps_its_essence(files, format, tmp_path):
    copy = tmp_path / files[format].name
    shutil.copy(files[format], copy)

    retag(copy)

    before, after = of(files[format].read_bytes()), of(copy.read_bytes())
    assert copy.stat().st_size > files[format].stat().st_size
    assert after.sha256 != before.sha256
    assert (after.essence, after.payload, after.rule) == (
        before.essence,
        before.payload,
        before.rule,
    )


@pytest.mark.parametrize("format", ["aac", "ac3"])
def test_a_stream_without_tags_of_its_own_keeps_its_essence_with_some(files, format, tmp_path):
    data = files[format].read_bytes()
    tags = io.BytesIO()
    id3.ID3.save(id3_tags(), tags)

    assert of(tags.getvalue() + data + ape()).essence == of(data).essence


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
def test_another_byte_of_audio_is_another_essence(files, format):
    data = bytearray(files[format].read_bytes())
    middle = len(data) * 3 // 4
    data[middle] ^= 0x10

    before, after = of(files[format].read_bytes()), of(bytes(data))

    assert after.rule == before.rule
    assert after.essence != before.essence


@pytest.mark.parametrize(
    "format", ["m4a", "alac", "flac", "mp3", "ogg", "opus", "mka", "webm", "wma"]
)
def test_a_stream_copied_into_a_new_file_keeps_its_essence(files, format, tmp_path):
    copy = tmp_path / files[format].name

    with av.open(str(files[format])) as source, av.open(str(copy), "w") as target:
        target.metadata["title"] = "another " * 500
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)

    assert copy.read_bytes() != files[format].read_bytes()
    assert of(copy.read_bytes()).essence == of(files[format].read_bytes()).essence


def test_it_is_one_read_in_blocks(files):
    reads = []

    class Watched(io.BytesIO):
        def read(self, size=-1):
            reads.append((self.tell(), size))
            return super().read(size)

    data = files["wav"].read_bytes() * 60
    identify(Watched(data))

    long = [(start, size) for start, size in reads if size > 4096]
    assert max(size for _, size in long) <= 1 << 20
    assert [start for start, _ in long] == sorted({start for start, _ in long})
    assert sum(size for _, size in reads if size <= 4096) < 65536


def test_content_decides_not_the_name(files, tmp_path):
    liar = tmp_path / "song.flac"
    shutil.copy(files["mp3"], liar)

    with open(liar, "rb") as file:
        assert identify(file).rule == "mp3"


# MP4


def test_moov_in_front_or_behind_is_the_same_essence(files):
    front, behind = files["faststart"].read_bytes(), files["m4a"].read_bytes()

    assert front.index(b"moov") < front.index(b"mdat")
    assert behind.index(b"mdat") < behind.index(b"moov")
    assert of(front).essence == of(behind).essence == of(files["fragmented"].read_bytes()).essence


def test_an_mdat_of_64_bits_or_to_the_end_is_the_same_essence(files):
    data = files["faststart"].read_bytes()
    place = data.index(b"mdat") - 4
    long = struct.pack(">I4sQ", 1, b"mdat", len(data) - place + 8)

    assert of(data[:place] + long + data[place + 8 :]).essence == of(data).essence
    assert of(data[:place] + bytes(4) + data[place + 4 :]).essence == of(data).essence


def test_another_codec_configuration_is_another_essence(files):
    data = bytearray(files["m4a"].read_bytes())
    data[walked(data, 0, b"moov", b"stsd", b"mp4a") + 17] = 1  # channels

    assert of(bytes(data)).essence != of(files["m4a"].read_bytes()).essence


def test_an_empty_mdat_has_no_essence(files):
    data = files["faststart"].read_bytes()
    head = data[: data.index(b"mdat") - 4]

    found = of(head + struct.pack(">I4s", 8, b"mdat"))

    assert (found.rule, found.essence, found.payload) == ("mp4", None, 0)


# Chunks


def riff(*chunks, form=b"RIFF"):
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return form + struct.pack("<I", len(body) + 4) + b"WAVE" + body


FMT = struct.pack("<HHIIHH", 1, 2, RATE, RATE * 4, 4, 16)
SOUND = bytes(range(256)) * 40


def test_chunks_before_and_behind_the_sound_do_not_matter():
    plain = of(riff((b"fmt ", FMT), (b"data", SOUND)))
    dressed = of(
        riff(
            (b"bext", bytes(602)),
            (b"JUNK", bytes(27)),
            (b"fmt ", FMT),
            (b"LIST", b"INFOINAM\x04\0\0\0abc\0"),
            (b"data", SOUND),
            (b"id3 ", b"ID3\x04\0\0\0\0\0\0"),
            (b"cue ", bytes(4)),
        )
    )

    assert plain.essence == dressed.essence
    assert plain.payload == dressed.payload == len(SOUND)


def test_another_format_of_the_same_bytes_is_another_essence():
    other = struct.pack("<HHIIHH", 1, 2, 48000, 48000 * 4, 4, 16)

    assert (
        of(riff((b"fmt ", FMT), (b"data", SOUND))).essence
        != of(riff((b"fmt ", other), (b"data", SOUND))).essence
    )


def test_wav_with_64_bits_is_the_same_sound():
    long = riff((b"ds64", struct.pack("<QQQI", 0, len(SOUND), 0, 0)), (b"fmt ", FMT), form=b"RF64")
    long += b"data\xff\xff\xff\xff" + SOUND + b"LIST\x04\0\0\0INFO"

    assert of(long).essence == of(riff((b"fmt ", FMT), (b"data", SOUND))).essence


def test_wave64_is_the_same_sound_as_wav(files):
    assert of(files["w64"].read_bytes()).essence == of(files["wav"].read_bytes()).essence


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_a_recording_without_its_length_is_not_empty(length):
    head = riff((b"fmt ", FMT)) + b"data" + struct.pack("<I", length)

    assert of(head + b"\xf3\x01" + SOUND).essence is not None


def test_a_dsf_knows_where_its_tags_begin(files):
    data = files["dsf"].read_bytes()

    assert of(data + b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)).essence == of(data).essence


# Streams with tags around them


def id3_tags():
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=3, text=["a title " * 100]))
    return tags


def id3v2(*, footer=False):
    body = b"TIT2\0\0\0\x02\0\0\x03x" + bytes(90)
    size = bytes([0, 0, 0, len(body)])
    flags = 0x10 if footer else 0
    head = b"\x04\0" + bytes([flags]) + size
    return b"ID3" + head + body + (b"3DI" + head if footer else b"")


def id3v1():
    return b"TAG" + b"title".ljust(125, b"\0")


def ape(*, header=True):
    tags, out = apev2.APEv2(), io.BytesIO()
    tags["Comment"] = "hello " * 50
    tags.save(out)
    data = out.getvalue()
    if header:
        return data
    footer = bytearray(data[-32:])
    footer[23] &= 0x7F
    return data[32:-32] + bytes(footer)


def lyrics3():
    body = b"LYRICSBEGININD0000200LYR00005hello"
    return body + b"%06dLYRICS200" % len(body)


BEFORE = {
    "id3v2": id3v2(),
    "id3v2 with footer": id3v2(footer=True),
    "two id3v2": id3v2() + id3v2(),
    "id3v2 and zeros": id3v2() + bytes(500),
    "ape in front": ape(),
    "junk": bytes(range(1, 250)) * 17,
    "id3v2 and junk": id3v2() + b"junk" * 1000,
}
BEHIND = {
    "id3v1": id3v1(),
    "enhanced id3v1": b"TAG+" + bytes(223) + id3v1(),
    "ape": ape(),
    "ape without header": ape(header=False),
    "ape, id3v1": ape() + id3v1(),
    "id3v1, ape": id3v1() + ape(),
    "lyrics3, id3v1": lyrics3() + id3v1(),
    "old lyrics3, id3v1": b"LYRICSBEGIN" + b"la " * 99 + b"LYRICSEND" + id3v1(),
    "appended id3v2": id3v2(footer=True),
    "zeros": bytes(5000),
    "zeros, ape, zeros, id3v1": bytes(300) + ape() + bytes(7) + id3v1(),
    "everything": id3v2(footer=True) + lyrics3() + ape() + id3v1() + id3v1() + bytes(64),
}


@pytest.mark.parametrize("format", ["mp3", "mp2", "aac", "ac3"])
@pytest.mark.parametrize("before", BEFORE)
def test_what_stands_before_frames_is_not_audio(files, format, before):
    data = files[format].read_bytes()

    assert of(BEFORE[before] + data).essence == of(data).essence


@pytest.mark.parametrize("format", ["mp3", "mp2", "aac", "ac3"])
@pytest.mark.parametrize("behind", BEHIND)
def test_what_stands_behind_frames_is_not_audio(files, format, behind):
    data = files[format].read_bytes()

    assert of(data + BEHIND[behind]).essence == of(data).essence
    assert of(id3v2() + data + BEHIND[behind]).essence == of(data).essence


@pytest.mark.parametrize(
    "format", ["flac", "ape", "wv", "tta", "mpc7", "mpc8", "ogg", "m4a", "wav"]
)
def test_foreign_tags_around_a_container_are_not_audio(files, format):
    data = files[format].read_bytes()

    found = of(id3v2() + data + ape() + id3v1())

    assert found.rule == RULES.get(format, format)
    assert found.essence == of(data).essence


def test_zeros_without_end_are_cut_alike_before_and_after_retagging(files):
    data = files["mp3"].read_bytes() + bytes(5 << 20)

    assert of(data).rule == "mp3"
    assert of(data + id3v1()).essence == of(data).essence


def test_the_delay_of_the_encoder_belongs_to_the_sound(files):
    data = bytearray(files["mp3"].read_bytes())
    place = data.index(b"LAME3") + 21
    other = data.copy()
    other[place] ^= 0x10
    renamed = data.copy()
    renamed[place - 21 : place - 17] = b"Lavf"

    assert of(bytes(other)).essence != of(bytes(data)).essence
    assert of(bytes(renamed)).essence == of(bytes(data)).essence


def test_one_mp3_cut_in_half_is_still_an_mp3(files):
    data = files["mp3"].read_bytes()

    assert of(data[: len(data) // 2]).rule == "mp3"


@pytest.mark.parametrize(
    "data", [id3v2(), id3v2() + bytes(100), id3v1(), id3v2() + ape() + id3v1()]
)
def test_tags_alone_have_no_essence(data):
    assert of(data).essence is None
    assert of(data).payload == 0


# FLAC


def test_the_decode_parameters_of_flac_belong_to_the_sound(files):
    data = bytearray(files["flac"].read_bytes())
    data[8 + 4] ^= 1  # smallest frame: an encoder may leave it out
    assert of(bytes(data)).essence == of(files["flac"].read_bytes()).essence

    data[8 + 20] ^= 1  # MD5 of the sound
    assert of(bytes(data)).essence != of(files["flac"].read_bytes()).essence


def test_flac_without_frames_has_no_essence(files):
    data = files["flac"].read_bytes()
    frames = flac_frames(data)

    assert of(data[:frames]).rule == "flac"
    assert of(data[:frames]).essence is None
    assert of(data[:frames] + id3v1()).essence is None


def flac_frames(data):
    place, last = 4, False
    while not last:
        last = data[place] & 0x80
        place += 4 + int.from_bytes(data[place + 1 : place + 4], "big")
    return place


def test_padding_that_grows_or_goes_changes_nothing(files, tmp_path):
    copy = tmp_path / "song.flac"
    shutil.copy(files["flac"], copy)
    song = flac.FLAC(copy)
    song.save(padding=lambda _: 0)
    small = of(copy.read_bytes())
    song.save(padding=lambda _: 100_000)

    assert of(copy.read_bytes()).essence == small.essence


# Musepack


def test_replay_gain_in_a_musepack_header_is_a_tag(files):
    old, new = bytearray(files["mpc7"].read_bytes()), files["mpc8"].read_bytes()
    old[12:20] = b"\x12\x34" * 4
    gained = new.replace(b"RG\x0c\x01" + bytes(8), b"RG\x0c\x01" + b"\x12\x34" * 4)

    assert of(bytes(old)).essence == of(files["mpc7"].read_bytes()).essence
    assert gained != new
    assert of(gained).essence == of(new).essence


# Ogg


def pages(data):
    """The pages of an Ogg file: head, lacing, body."""
    place, found = 0, []
    while place < len(data):
        lacing = data[place + 27 : place + 27 + data[place + 26]]
        body = place + 27 + len(lacing)
        found.append((data[place : place + 27], lacing, data[body : body + sum(lacing)]))
        place = body + sum(lacing)
    return found


def test_a_comment_longer_than_a_page_renumbers_the_others(files, tmp_path):
    copy = tmp_path / "song.ogg"
    shutil.copy(files["ogg"], copy)
    song = oggvorbis.OggVorbis(copy)
    song["comment"] = "words " * 12_000
    song.save()

    before, after = files["ogg"].read_bytes(), copy.read_bytes()
    assert len(pages(after)) > len(pages(before))
    assert pages(after)[-1][0] != pages(before)[-1][0]
    assert of(after).essence == of(before).essence


def split(page):
    """The same packets on pages of at most ten segments."""
    head, lacing, body = page
    place = 0
    for start in range(0, len(lacing), 10):
        some = lacing[start : start + 10]
        last = start + 10 >= len(lacing)
        granule = head[6:14] if last else b"\xff" * 8
        continued = bytes([head[5] & 4 if last else 0])
        yield (
            head[:5] + continued + granule + head[14:26] + bytes([len(some)]),
            some,
            body[place : place + sum(some)],
        )
        place += sum(some)


@pytest.mark.parametrize("format", ["ogg", "opus", "oggflac"])
def test_other_pages_around_the_same_packets_are_the_same_essence(files, format):
    data = files[format].read_bytes()
    first, *others = pages(data)
    cut = b"".join(b"".join(part) for page in others for part in split(page))

    assert len(cut) > len(data) - sum(map(len, first))
    assert of(b"".join(first) + cut).essence == of(data).essence


def renumbered(data, serial):
    return b"".join(h[:14] + serial + h[18:] + lacing + body for h, lacing, body in pages(data))


def test_chained_streams_are_hashed_one_after_the_other(files):
    one, two = files["ogg"].read_bytes(), renumbered(files["opus"].read_bytes(), b"abcd")

    assert of(one + two).payload == of(one).payload + of(two).payload
    assert len({of(one).essence, of(one + two).essence, of(two + one).essence}) == 3


def test_streams_side_by_side_are_the_same_however_they_interleave(files):
    one = pages(renumbered(files["ogg"].read_bytes(), b"aaaa"))
    two = pages(renumbered(files["opus"].read_bytes(), b"bbbb"))
    heads, ones, twos = [one[0], two[0]], one[1:], two[1:]
    mixed = [page for pair in zip(ones, twos, strict=False) for page in pair]
    mixed += ones[len(twos) :] + twos[len(ones) :]

    def joined(*parts):
        return b"".join(b"".join(page) for part in parts for page in part)

    assert of(joined(heads, ones, twos)).essence == of(joined(heads, mixed)).essence


def test_a_stream_that_is_no_sound_is_left_out(files):
    sound = pages(files["ogg"].read_bytes())
    film = (b"OggS\0\x02" + bytes(8) + b"film" + bytes(8) + b"\x07", bytes([7] * 7), bytes(49))
    more = (b"OggS\0\x00" + bytes(8) + b"film" + bytes(8) + b"\x01", b"\x30", bytes(48))
    mixed = [sound[0], film, *sound[1:3], more, *sound[3:]]

    found = of(b"".join(b"".join(page) for page in mixed))

    assert found.essence == of(files["ogg"].read_bytes()).essence


def test_ogg_headers_alone_have_no_essence(files):
    headers = [page for page in pages(files["opus"].read_bytes()) if page[0][6:14] == bytes(8)]

    found = of(b"".join(b"".join(page) for page in headers))

    assert (found.rule, found.essence) == ("ogg", None)


# Nothing, and nonsense


def test_silence_without_samples_has_no_essence(tmp_path):
    for format in ("wav", "aiff", "flac", "caf", "w64", "rf64"):
        path = encode(tmp_path / format, np.zeros((0, 2), np.float32), RATE, format)

        found = of(path.read_bytes())

        assert found.essence is None, format
        assert found.payload == 0


def test_a_file_of_no_bytes_has_no_essence():
    found = of(b"")

    assert (found.rule, found.essence, found.payload) == (WHOLE, None, 0)
    assert found.sha256 == hashlib.sha256().digest()


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"just words, no music\n" * 100,
        picture(5000),
        np.random.default_rng(3).bytes(300_000),
        b"fLaC\0\0\0\x22",
        b"RIFF\x10\0\0\0WAVE",
        b"RIFF\x10\0\0\0AVI LIST",
        b"OggS" + bytes(100),
        b"\0\0\0\x08ftyp" + bytes(50),
        b"\x1a\x45\xdf\xa3\x80" + bytes(50),
        b"\xff\xfe" + "words".encode("utf-16-le") * 20,
        bytes(1000),
        bytes(3 << 20),
    ],
)
def test_what_no_rule_understands_is_named_by_all_of_it(data):
    found = of(data)

    assert (found.rule, found.payload) == (WHOLE, len(data))
    assert found.essence == of(data).essence != of(data + b"x").essence


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
def test_a_file_cut_anywhere_is_still_named(files, format):
    data = files[format].read_bytes()
    for end in [*range(0, 120, 3), *np.linspace(120, len(data) - 1, 25).astype(int)]:
        found = of(data[:end])

        assert found.sha256 == hashlib.sha256(data[:end]).digest()
        assert (found.essence is None) == (found.payload == 0)


@pytest.mark.parametrize("format", [*FORMATS, *FRAMED])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=9)), max_size=8))
def test_damage_never_raises(files, format, where):
    data = bytearray(files[format].read_bytes()[:20_000])
    for place, other in where:  # cubed: most of what can go wrong stands in front
        start = int(place**3 * (len(data) - 1))
        data[start : start + len(other)] = other

    found = of(bytes(data))

    assert found.sha256 == hashlib.sha256(data).digest()


MAGICS = [
    *(b"fLaC\0\0\0\x22", b"OggS\0\x02", b"RIFF....WAVE", b"FORM....AIFF", b"caff\0\1\0\0"),
    *(b"\0\0\0\x14ftypM4A ", b"\x1a\x45\xdf\xa3", b"wvpk", b"MAC \x96\x0f", b"MPCK", b"MP+\x07"),
    *(b"TTA1", b"DSD \x1c", b"FRM8", b"ID3\4\0\0", b"\xff\xfb\x90\x64", b"\x0b\x77", b"APETAGEX"),
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000"),
]


@settings(max_examples=300, deadline=None)
@given(
    magic=st.sampled_from([b"", *MAGICS]),
    data=st.binary(max_size=400),
    behind=st.sampled_from([b"", id3v1(), ape()[-32:], b"000020LYRICS200", b"LYRICSEND"]),
)
def test_bytes_without_sense_never_raise(magic, data, behind):
    whole = magic + data + behind

    assert of(whole).sha256 == hashlib.sha256(whole).digest()


def test_a_broken_disk_is_not_hidden(files):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 1000:
                raise OSError("I/O error")
            return super().read(min(size, 1000))

    with pytest.raises(OSError, match="I/O error"):
        identify(Broken(files["wav"].read_bytes()))


def test_tag_writes_what_a_tagger_writes(files, tmp_path):
    copy = tmp_path / "song.mp3"
    shutil.copy(files["mp3"], copy)

    tag(copy, {"title": "T", "comment": "c", "bpm": 128})

    assert of(copy.read_bytes()).essence == of(files["mp3"].read_bytes()).essence
