-- Folders of a root on which another drive was mounted when it was last looked at.
CREATE TABLE mount (
    root INTEGER NOT NULL REFERENCES root,
    path BLOB NOT NULL,
    PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
