import subprocess
import sys

import pytest

from tracker.files.formats import SUFFIXES, is_audio, is_litter


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_a_known_suffix_is_audio_in_any_case(suffix):
    assert is_audio(b"song" + suffix)
    assert is_audio(b"SONG" + suffix.upper())


@pytest.mark.parametrize(
    "name",
    [
        b"...Baby One More Time.mp3",
        b"...And Justice for All.flac",
        b"Bj\xf6rk.mp3",
        b"a.b.c.wav",
        b"song.part.mp3",
        b" .mp3",
        b"Recycler.mp3",
    ],
)
def test_odd_names_are_audio(name):
    assert is_audio(name)


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b".",
        b"..",
        b"mp3",
        b".mp3",
        b"..mp3",
        b".song.mp3",
        b"._song.mp3",
        b"song.mp3.part",
        b"song.mp3.partial",
        b"song.mp3.tmp",
        b"song.mp3.crdownload",
        b"song.mp3.!qB",
        b"song.mp3.!ut",
        b"song.mp3.filepart",
        b"song.mp3.download",
        b"song.mp3~",
        b"song.mp3.bak",
        b"song.mp3 ",
        b"cover.jpg",
        b"song",
        b"~$song.mp3",
    ],
)
def test_other_names_are_not(name):
    assert not is_audio(name)


@pytest.mark.parametrize(
    "name",
    [
        b"@eaDir",
        b"@EADIR",
        b".@__thumb",
        b"@Recycle",
        b"#recycle",
        b"$RECYCLE.BIN",
        b"$Recycle.Bin",
        b"System Volume Information",
        b"lost+found",
        b".stfolder",
        b".stversions",
        b".Trash-1000",
        b".AppleDouble",
        b".DS_Store",
        b"__MACOSX",
        b".",
        b"..",
        b"...",
        b"FOUND.000",
        b"~uTorrentPartFile_1A2B.dat",
    ],
)
def test_what_belongs_to_the_machine_is_litter(name):
    assert is_litter(name)


@pytest.mark.parametrize(
    "name",
    [
        b"Music",
        b"...And Oceans",
        b"lost and found",
        b"#1 Hits",
        b"@Home",
        b"$",
        b"Recycled",
        b"found.01.mp3",
    ],
)
def test_what_belongs_to_people_is_not_litter(name):
    assert not is_litter(name)


def test_names_are_judged_without_the_heavy_code():
    code = (
        "import sys, tracker.files.formats;"
        "print([m for m in ('mutagen', 'av', 'xxhash', 'numpy', 'msgspec') if m in sys.modules])"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"
