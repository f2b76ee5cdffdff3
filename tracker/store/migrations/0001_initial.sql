-- A watched folder. What was removed stays known, unwatched.
CREATE TABLE root (
    id       INTEGER PRIMARY KEY,
    path     BLOB NOT NULL UNIQUE,
    identity TEXT,
    state    TEXT NOT NULL DEFAULT 'online'
             CHECK (state IN ('online', 'polling', 'offline', 'removed')),
    reason   TEXT,
    since    REAL,
    added    REAL NOT NULL
) STRICT;

-- A feature that the installed workers measure, and in which version; kept from run to run.
CREATE TABLE feature (
    name    TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One audio essence, and what is shown of it: the best file's tags, the measured values.
-- Columns from `title` on follow from `file`, `analysis` and `tags`; `tracks.refresh` keeps them.
CREATE TABLE track (
    id               INTEGER PRIMARY KEY,
    essence          BLOB UNIQUE,
    added            REAL NOT NULL,
    file             INTEGER REFERENCES file ON DELETE SET NULL,
    shown            TEXT NOT NULL DEFAULT '',
    name             TEXT NOT NULL DEFAULT '',
    state            TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'missing')),
    title            TEXT,
    artist           TEXT,
    album            TEXT,
    genre            TEXT,
    label            TEXT,
    comment          TEXT,
    folded           TEXT,
    year             INTEGER,
    rating           INTEGER,
    bpm              REAL,
    bpm_confidence   REAL,
    key              TEXT,
    key_order        INTEGER,
    key_confidence   REAL,
    energy           INTEGER,
    energy_value     REAL,
    loudness         REAL,
    duration         REAL,
    title_order      TEXT,
    artist_order     TEXT,
    album_order      TEXT,
    genre_order      TEXT,
    differs          TEXT NOT NULL DEFAULT '',
    complaint        TEXT,
    measured         INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A place where a track lies. `size`, `mtime_ns` and `ctime_ns` are those of the version that is
-- in the queue or was read; a scan that sees others queues the file again, in the same transaction.
CREATE TABLE file (
    id            INTEGER PRIMARY KEY,
    root          INTEGER NOT NULL REFERENCES root,
    path          BLOB NOT NULL,
    track         INTEGER REFERENCES track,
    state         TEXT NOT NULL DEFAULT 'present' CHECK (state IN ('present', 'missing')),
    missing_since REAL,
    size          INTEGER NOT NULL,
    mtime_ns      INTEGER NOT NULL,
    ctime_ns      INTEGER NOT NULL,
    xxh3          BLOB,
    sha256        BLOB,
    rule          TEXT,
    tags          BLOB,
    stream        BLOB,
    complaint     TEXT,
    reader        TEXT,
    added         REAL NOT NULL,
    UNIQUE (root, path),
    CHECK ((state = 'missing') = (missing_since IS NOT NULL))
) STRICT;

CREATE INDEX file_track ON file (track);
CREATE INDEX file_state ON file (root, state);

-- What one feature found in one essence. Derived: raising a feature's version measures it anew.
CREATE TABLE analysis (
    track   INTEGER NOT NULL REFERENCES track,
    feature TEXT NOT NULL,
    version INTEGER NOT NULL,
    value   BLOB NOT NULL,
    PRIMARY KEY (track, feature)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;

-- Work that waits, runs, or went wrong; what is done leaves the table.
CREATE TABLE job (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL CHECK (kind IN ('read', 'measure')),
    file     INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
    state    TEXT NOT NULL DEFAULT 'queued'
             CHECK (state IN ('queued', 'running', 'failed', 'quarantined')),
    run      INTEGER REFERENCES run,
    attempts INTEGER NOT NULL DEFAULT 0,
    priority INTEGER NOT NULL DEFAULT 0,
    error    TEXT,
    log_tail TEXT,
    UNIQUE (kind, file),
    CHECK ((state = 'running') = (run IS NOT NULL)),
    CHECK (state NOT IN ('failed', 'quarantined') OR error IS NOT NULL)
) STRICT;

CREATE INDEX job_queued ON job (priority DESC, id) WHERE state = 'queued';
CREATE INDEX job_state ON job (state, id) WHERE state <> 'queued';
CREATE INDEX job_file ON job (file);

-- A list sorted by any column is read in windows, so each has its index.
CREATE INDEX track_by_title ON track (title_order, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_artist ON track (artist_order, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_album ON track (album_order, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_genre ON track (genre_order, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_path ON track (shown, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_year ON track (year, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_rating ON track (rating, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_bpm ON track (bpm, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_key ON track (key_order, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_energy ON track (energy_value, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_loudness ON track (loudness, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_duration ON track (duration, id) WHERE file IS NOT NULL;
CREATE INDEX track_by_added ON track (added, id) WHERE file IS NOT NULL;
CREATE INDEX track_missing ON track (id) WHERE state = 'missing' AND file IS NOT NULL;
CREATE INDEX track_file ON track (file);
CREATE INDEX track_replaced ON track (id) WHERE file IS NULL;
CREATE INDEX file_missing ON file (id) WHERE state = 'missing';

-- Free text: an index over `track`, kept by the triggers below; it can be rebuilt at any time.
CREATE VIRTUAL TABLE track_text USING fts5 (
    title, artist, album, genre, label, comment, folded, shown,
    content = 'track', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE TRIGGER track_text_added AFTER INSERT ON track BEGIN
    INSERT INTO track_text (rowid, title, artist, album, genre, label, comment, folded, shown)
    VALUES (new.id, new.title, new.artist, new.album, new.genre, new.label, new.comment, new.folded,
            new.shown);
END;

CREATE TRIGGER track_text_removed AFTER DELETE ON track BEGIN
    INSERT INTO track_text (track_text, rowid, title, artist, album, genre, label, comment, folded, shown)
    VALUES ('delete', old.id, old.title, old.artist, old.album, old.genre, old.label, old.comment, old.folded,
            old.shown);
END;

CREATE TRIGGER track_text_changed
AFTER UPDATE OF title, artist, album, genre, label, comment, folded, shown ON track
WHEN (old.title, old.artist, old.album, old.genre, old.label, old.comment, old.folded,
     old.shown)
    IS NOT (new.title, new.artist, new.album, new.genre, new.label, new.comment, new.folded,
            new.shown)
BEGIN
    INSERT INTO track_text (track_text, rowid, title, artist, album, genre, label, comment, folded, shown)
    VALUES ('delete', old.id, old.title, old.artist, old.album, old.genre, old.label, old.comment, old.folded,
            old.shown);
    INSERT INTO track_text (rowid, title, artist, album, genre, label, comment, folded, shown)
    VALUES (new.id, new.title, new.artist, new.album, new.genre, new.label, new.comment, new.folded,
            new.shown);
END;
