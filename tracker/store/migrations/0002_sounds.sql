-- What tracks are compared by: short rows, so that all of them are read at once. They follow from
-- `analysis` and from the tags of the file that shows a track; `sounds` keeps them.

-- A point in the space of sounds (float32, little-endian); points of two versions lie in two spaces.
CREATE TABLE vector (
    track   INTEGER PRIMARY KEY REFERENCES track,
    version INTEGER NOT NULL,
    value   BLOB NOT NULL
) STRICT;

-- Tells whether all of them are of one kind, and how many, without reading any.
CREATE INDEX vector_kind ON vector (version, length(value));

CREATE TABLE hamms (
    track               INTEGER PRIMARY KEY REFERENCES track,
    version             INTEGER NOT NULL,
    bpm                 REAL,
    key                 REAL,
    energy              REAL,
    danceability        REAL,
    valence             REAL,
    acousticness        REAL,
    instrumentalness    REAL,
    rhythmic_pattern    REAL,
    spectral_centroid   REAL,
    tempo_stability     REAL,
    harmonic_complexity REAL,
    dynamic_range       REAL
) STRICT;

CREATE TRIGGER vector_gone AFTER DELETE ON analysis WHEN old.feature = 'embedding' BEGIN
    DELETE FROM vector WHERE track = old.track;
END;

CREATE TRIGGER hamms_gone AFTER DELETE ON analysis WHEN old.feature = 'hamms' BEGIN
    DELETE FROM hamms WHERE track = old.track;
END;

-- What the user calls the kind of music: `folded` is the same for every spelling.
CREATE TABLE label (
    track  INTEGER NOT NULL REFERENCES track,
    kind   TEXT NOT NULL CHECK (kind IN ('genre', 'mood')),
    folded TEXT NOT NULL,
    label  TEXT NOT NULL,
    PRIMARY KEY (track, kind, folded)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_by_name ON label (kind, folded);

-- These rows are written when a feature is measured, so what was measured before is measured again.
DELETE FROM analysis WHERE feature IN ('embedding', 'hamms');
