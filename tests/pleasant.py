"""A small library with made-up names, for pictures."""

import random
from itertools import pairwise

from msgspec.structs import replace
from shelf import measured, put

from tracker.mixing.hamms import WEIGHTS
from tracker.model import (
    Beats,
    Cue,
    Hamms,
    JobState,
    Quality,
    Section,
    Stamp,
    Structure,
    Tags,
    Waveform,
)
from tracker.store import files, jobs, roots

SONGS = """
Ostia|Northgate|Harbour Lights|Deep House|2024|124.00|8A|7|402|4
Harbour (Dub Mix)|Tidal Works|Harbour Lights|Dub Techno|2023|123.97|8A|6|435|3
Slow Lantern|Salt Ferry|Slow Lantern EP|Deep House|2025|122.00|9A|6|358|
Ninth Window|Okto|Ninth Window|Techno|2022|125.50|7A|8|380|5
Paper Boats|Lune|Paper Boats|House|2024|124.20|8B|6|281|
Glasshouse|Mira Vale|Botanica|Ambient|2021|96.00|4A|2|341|4
Cinder Road|Halden|Long Shadows|Techno|2020|132.00|11A|9|412|4
Low Tide|Salt Ferry|Slow Lantern EP|Downtempo|2025|104.50|2A|3|367|3
Kite Season|Ada Winter|Kite Season|Electronica|2019|118.00|1B|5|256|
Blue Meridian|Northgate|Harbour Lights|Deep House|2024|123.00|9A|6|428|5
Arc Lamp|Vesper Line|Night Trains|Techno|2023|130.00|6A|8|395|
Saltmarsh|Tidal Works|Estuary|Ambient|2022|88.00|3A|1|512|2
Second Sun|Juno Hale|Second Sun|Progressive|2024|121.00|10B|7|471|4
Terrazzo|Okto|Ninth Window|Techno|2022|127.00|7A|8|366|3
Velvet Static|Mira Vale|Botanica|Electronica|2021|110.00|5A|4|298|
Undertow|Halden|Long Shadows|Techno|2020|134.00|12A|10|404|5
White Noise Garden|Ada Winter|Kite Season|Ambient|2019|72.00|6B|1|388|
Copper Wire|Vesper Line|Night Trains|Electro|2023|128.00|8A|8|333|4
Dial Tone|Lune|Paper Boats|House|2024|122.50|3B|6|290|
Evening Ferry|Salt Ferry|Evening Ferry|Deep House|2025|120.00|9A|5|421|4
Fathom|Tidal Works|Estuary|Dub Techno|2022|119.00|4A|5|540|
Half Light|Juno Hale|Second Sun|Progressive|2024|122.00|11B|6|455|3
Ivory Coastline|Northgate|Harbour Lights|House|2024|125.00|8B|7|377|
Juniper|Mira Vale|Juniper|House|2025|123.50|10A|7|318|4
Lattice|Okto|Lattice|Techno|2025|129.00|1A|9|349|
Monsoon Radio|Ada Winter|Monsoon Radio|Downtempo|2023|98.00|7B|4|305|3
Night Trains|Vesper Line|Night Trains|Techno|2023|131.00|5A|9|468|5
Observatory|Halden|Observatory|Ambient|2021|80.00|2B|2|602|
Quiet Machines|Lune|Quiet Machines|Electronica|2022|115.00|12B|5|327|4
"""
PARTS = (
    (0.0, "intro", 0.7),
    (0.14, None, 0.85),
    (0.38, "break", 0.1),
    (0.55, "drop", 1.0),
    (0.86, "outro", 0.6),
)
"""Where they begin, as a share of the whole, and how loud the bass is."""
UNSURE = ("Kite Season", "Fathom", "Paper Boats")


def in_full(found, bpm):
    """The same with all that a full measurement finds: pictures, sections, dimensions."""
    length, chance = found.duration.seconds, random.Random(bpm)
    sections = tuple(
        Section(start * length, end * length, label, 0.93 if label else None)
        for (start, label, _), (end, _, _) in pairwise([*PARTS, (1.0, None, 0.0)])
    )
    loud = [max(part for start, _, part in PARTS if start <= n / 1_000) for n in range(1_000)]
    now = [[part for start, _, part in PARTS if start <= n / 1_000][-1] for n in range(1_000)]
    waves = [
        bytes(int(255 * share * level * chance.uniform(0.75, 1)) for level in levels)
        for share, levels in ((0.9, now), (0.7, [0.4 + 0.6 * level for level in loud]), (0.4, now))
    ]
    curve = bytes(int(60 + 190 * level * chance.uniform(0.9, 1)) for level in now[::5])
    dimensions = {name: round(chance.uniform(0.1, 0.95), 2) for name in WEIGHTS}
    trust = {name: 0.3 if name in ("valence", "acousticness") else 0.8 for name in WEIGHTS}
    features = "beats waveform structure hamms quality"
    return replace(
        found,
        measured=found.measured | dict.fromkeys(features.split(), 1),
        beats=Beats(
            0.13, int(length * bpm / 60), period=60 / bpm, metre=4, downbeat=0, stability=0.98,
            confidence=0.95,
        ),
        waveform=Waveform(*waves),
        structure=Structure(
            sections,
            (Cue("mix-in", 0.13, 0.9), Cue("break", 0.38 * length, 0.8),
             Cue("drop", 0.55 * length, 0.93), Cue("mix-out", 0.86 * length, 0.8)),
            curve,
        ),
        hamms=Hamms(**dimensions, confidence=trust),
        quality=Quality(bandwidth=21_800.0, correlation=0.74),
    )  # fmt: skip


def pleasant(db):
    """Known tracks, one that two sources disagree on, one broken, and work under way."""
    root = roots.add(db, b"/srv/music").id
    for line in SONGS.strip().splitlines():
        title, artist, album, genre, year, bpm, key, energy, length, rating = line.split("|")
        tags = Tags(
            title=title, artists=(artist,), album=album, genres=(genre,), year=int(year),
            label="North Pier", rating=int(rating) if rating else None,
            bpm=131.0 if title == "Terrazzo" else None,
        )  # fmt: skip
        found = measured(
            float(bpm), key, int(energy), sure=0.45 if title in UNSURE else 0.93,
            length=float(length), loudness=-8.1,
        )  # fmt: skip
        path = f"{artist}/{album}/{title}.flac".encode()
        put(db, root, path, tags, in_full(found, float(bpm)), bitrate=1_011_000)
    put(db, root, b"incoming/vinyl rip side b.mp3", complaint="The file ends in the middle")


def working(db):
    """Some hundred files to go, one that failed, two in quarantine."""
    root = roots.add(db, b"/srv/music").id
    names = ["Tessellate", "Orchard Road", *(f"track {number:03}" for number in range(549))]
    new = {f"incoming/{name}.flac".encode(): Stamp(1, 1, 1) for name in names}
    files.found(db, root, new)
    db.execute("UPDATE job SET kind = 'measure'")
    run = jobs.begin(db)
    claimed = [jobs.claim(db, run, [], paused=False).job for _ in range(5)]
    for job, state, error in [
        (claimed[2], JobState.FAILED, "it cannot be read: permission denied; retry when it can"),
        (claimed[3], JobState.QUARANTINED, "it is not audio we can decode"),
        (claimed[4], JobState.QUARANTINED, "it ended its worker three times"),
    ]:
        jobs.fail(db, job, state, error, "the worker's last words")
