"""Sound in files of every format, made here.

`encode` writes what a decoder can play. `framed` writes the formats nothing here can encode (APE,
Musepack, DSF, DFF): a true container around bytes that are no music.
"""

# ruff: noqa: A002 - a format is called format

import os
import struct
from fractions import Fraction

import av
import mutagen
import numpy as np
import soundfile
from mutagen import apev2, asf, id3, mp4
from mutagen.aac import AAC
from mutagen.ac3 import AC3

_SOUNDFILE = {
    "wav": ("WAV", "PCM_16"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
_AV = {
    "m4a": ("ipod", "aac"),
    "faststart": ("ipod", "aac"),
    "fragmented": ("mp4", "aac"),
    "alac": ("ipod", "alac"),
    "aac": ("adts", "aac"),
    "wma": ("asf", "wmav2"),
    "wv": ("wv", "wavpack"),
    "tta": ("tta", "tta"),
    "ac3": ("ac3", "ac3"),
    "mp2": ("mp2", "mp2"),
    "mka": ("matroska", "flac"),
    "webm": ("webm", "libopus"),
    "oggflac": ("ogg", "flac"),
}
_OPTIONS = {
    "faststart": {"movflags": "+faststart"},
    "fragmented": {
        "movflags": "+frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": "200000",
    },
}
SUFFIXES = {
    "faststart": "m4a",
    "fragmented": "mp4",
    "alac": "m4a",
    "rf64": "wav",
    "oggflac": "ogg",
    "mpc7": "mpc",
    "mpc8": "mpc",
}
"""The suffix of a format whose name is none."""
FORMATS = tuple(dict.fromkeys((*_SOUNDFILE, *_AV)))
UNTAGGED = ("rf64", "w64", "caf", "ac3")
FRAMED = ("ape", "mpc7", "mpc8", "dsf", "dff")


def suffix(format):
    return SUFFIXES.get(format, format)


def encode(path, sound, rate, format, tags=None):
    """Write *sound* (samples, or samples x channels, -1 to 1) as *format*, and return *path*.

    *tags* has the words of model.Tags: title, artist, album, genre, year, track, label, bpm, key,
    comment. The UNTAGGED formats take none. Rates the codec does not know are resampled.
    """
    sound = np.atleast_2d(np.asarray(sound, np.float32).T).T
    if format in _SOUNDFILE:
        _by_soundfile(path, sound, rate, format)
    else:
        _by_av(path, sound, rate, format, tags if tags and format in {"mka", "webm"} else {})
    if tags and format not in {"mka", "webm", *UNTAGGED}:
        tag(path, tags)
    return path


def _by_soundfile(path, sound, rate, format):
    container, subtype = _SOUNDFILE[format]
    if format == "opus" and rate not in {8000, 12000, 16000, 24000, 48000}:
        sound, rate = _resampled(sound, rate, 48000), 48000
    with (
        open(os.fspath(path), "wb") as raw,
        soundfile.SoundFile(raw, "w", rate, sound.shape[1], subtype, format=container) as file,
    ):
        for start in range(0, len(sound), 65536):  # libvorbis puts what it is given on the stack
            file.write(sound[start : start + 65536])


def _resampled(sound, rate, wanted):
    """Linear: good enough to be heard by a test."""
    places = np.arange(int(len(sound) * wanted / rate)) * rate / wanted
    return np.column_stack([np.interp(places, np.arange(len(sound)), one) for one in sound.T])


def _by_av(path, sound, rate, format, tags):
    container, codec = _AV[format]
    rates = av.Codec(codec, "w").audio_rates
    if rates and rate not in rates:
        wanted = max((r for r in rates if r <= 48000), default=rates[0])
        sound, rate = _resampled(sound, rate, wanted), wanted
    with (
        open(os.fspath(path), "wb") as raw,
        av.open(raw, "w", format=container, options=_OPTIONS.get(format, {})) as file,
    ):
        for name, value in tags.items():
            text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            file.metadata[_MATROSKA.get(name, name)] = text
        layout = "mono" if sound.shape[1] == 1 else "stereo"
        stream = file.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = 128_000
        stream.codec_context.open()
        for frame in _frames(sound, rate, layout, stream.codec_context):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _frames(sound, rate, layout, context):
    size = context.frame_size or 4096
    resampler = av.AudioResampler(context.format, layout, rate, frame_size=size)
    for start in range(0, len(sound), size):
        block = np.ascontiguousarray(sound[start : start + size].T, np.float32)
        frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
        frame.sample_rate, frame.pts = rate, start
        frame.time_base = Fraction(1, rate)
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


_MATROSKA = {"year": "date", "track": "PART_NUMBER", "label": "PUBLISHER", "key": "INITIAL_KEY"}
_ID3 = {
    "title": id3.TIT2,
    "artist": id3.TPE1,
    "album": id3.TALB,
    "genre": id3.TCON,
    "year": id3.TDRC,
    "track": id3.TRCK,
    "label": id3.TPUB,
    "bpm": id3.TBPM,
    "key": id3.TKEY,
}
_VORBIS = {"year": "date", "track": "tracknumber", "key": "initialkey"}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "genre": "\xa9gen",
    "year": "\xa9day",
    "comment": "\xa9cmt",
    "label": "----:com.apple.iTunes:LABEL",
    "key": "----:com.apple.iTunes:initialkey",
}
_ASF = {
    "title": "Title",
    "artist": "Author",
    "album": "WM/AlbumTitle",
    "genre": "WM/Genre",
    "year": "WM/Year",
    "track": "WM/TrackNumber",
    "label": "WM/Publisher",
    "bpm": "WM/BeatsPerMinute",
    "key": "WM/InitialKey",
    "comment": "Description",
}


def tag(path, tags):
    """Write *tags* into a file that lies there, the way its format does it."""
    with open(os.fspath(path), "r+b") as raw:
        file = mutagen.File(raw)
        if isinstance(file, AC3 | AAC | None):  # no tags of their own: APE at the end
            file = found = apev2.APEv2()
        elif file.tags is None:
            file.add_tags()
            found = file.tags
        else:
            found = file.tags
        for name, value in tags.items():
            _put(found, name, value)
        raw.seek(0)
        file.save(raw)


def _put(found, name, value):
    values = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if isinstance(found, id3.ID3):
        if name == "comment":
            found.add(id3.COMM(encoding=3, lang="eng", desc="", text=values))
        else:
            found.add(_ID3[name](encoding=3, text=values))
    elif isinstance(found, mp4.MP4Tags):
        if name == "bpm":
            found["tmpo"] = [round(float(value))]
        elif name == "track":
            found["trkn"] = [(int(value), 0)]
        elif _MP4[name].startswith("----"):
            found[_MP4[name]] = [one.encode() for one in values]
        else:
            found[_MP4[name]] = values
    elif isinstance(found, asf.ASFTags):
        found[_ASF[name]] = values
    elif isinstance(found, apev2.APEv2):
        found[name] = values
    else:
        found[_VORBIS.get(name, name)] = values


def framed(format, payload=bytes(range(256)) * 64, rate=44100):
    """A file of *format* (one of FRAMED) around *payload*, and nothing else in it."""
    return _FRAMES[format](payload, rate)


def _ape(payload, rate):
    frames, seek_table = 2, struct.pack("<2I", 0, 0)
    header = struct.pack("<HHIIIHHI", 2000, 0, 73728, 1000, frames, 16, 2, rate)
    sizes = (52, len(header), len(seek_table), 0, len(payload), 0, 0)
    descriptor = struct.pack("<4sHH7I16s", b"MAC ", 3990, 0, *sizes, bytes(16))
    return descriptor + header + seek_table + payload


def _mpc7(payload, rate):
    index = {44100: 0, 48000: 1, 37800: 2, 32000: 3}[rate]
    header = struct.pack("<II", len(payload) // 400 + 1, index << 16) + bytes(16)
    return b"MP+\x07" + header + payload


def _mpc8(payload, rate):
    index = {44100: 0, 48000: 1, 37800: 2, 32000: 3}[rate]
    stream_header = bytes(4) + b"\x08" + _varint(44100) + _varint(0)
    stream_header += bytes([index << 5 | 2, 1 << 4 | 8])
    gain = b"\x01" + bytes(8)
    packets = ((b"SH", stream_header), (b"RG", gain), (b"AP", payload), (b"SE", b""))
    return b"MPCK" + b"".join(name + _sized(body) for name, body in packets)


def _varint(number):
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def _sized(body):
    """The size of a Musepack 8 packet counts the name and itself."""
    size = len(body) + 3
    while len(_varint(size)) + 2 + len(body) != size:
        size += 1
    return _varint(size) + body


def _dsf(payload, rate):
    fmt = struct.pack("<4sQ", b"fmt ", 52) + struct.pack(
        "<IIIIIIQII", 1, 0, 2, 2, rate * 64, 1, len(payload) * 4, 4096, 0
    )
    data = struct.pack("<4sQ", b"data", 12 + len(payload)) + payload
    size = 28 + len(fmt) + len(data)
    return struct.pack("<4sQQQ", b"DSD ", 28, size, 0) + fmt + data


def _dff(payload, rate):
    prop = b"SND " + _iff(b"FS  ", struct.pack(">I", rate * 64))
    prop += _iff(b"CHNL", struct.pack(">H4s4s", 2, b"SLFT", b"SRGT")) + _iff(
        b"CMPR", b"DSD \x00\x00"
    )
    body = b"DSD " + _iff(b"FVER", struct.pack(">I", 0x01050000))
    body += _iff(b"PROP", prop) + _iff(b"DSD ", payload)
    return _iff(b"FRM8", body)


def _iff(name, body):
    return name + struct.pack(">Q", len(body)) + body + b"\0" * (len(body) % 2)


_FRAMES = {"ape": _ape, "mpc7": _mpc7, "mpc8": _mpc8, "dsf": _dsf, "dff": _dff}


def picture(size=20_000):
    """Bytes that pass for a JPEG."""
    noise = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    return b"\xff\xd8\xff\xe0" + noise.tobytes() + b"\xff\xd9"
