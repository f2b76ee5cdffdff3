"""A catalogue whose every text attacks the terminal or the program."""

from shelf import measured, put

from tracker.model import JobState, Stamp, Tags
from tracker.store import files, jobs, roots

HOSTILE = [
    "[@click=app.quit()]click[/]",
    "Song [/b] remix",
    "[red]x[/red] \\[y]",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]0;title\x1b\\",
    "\x9b31m\x9d52;c;ZXZpbA==\x9c",
    "\x1b[2J\x1b[H\x07\x08\x0b\x0c\r",
    "\x1bP+q544e\x1b\\\x1b_apc\x1b\\",
    "\u202eevil\u2066\u200f\u061c",
    "line\u2028two\u2029\x85\x7f",
    "\udc1b]52;c;x\udc07",
    "$text-error {x} %s {{",
]


def evil(db):
    top = b"/mu\x1b[31m[b]sic"
    root = roots.add(db, top).id
    for number, text in enumerate(HOSTILE):
        word = text.encode("utf-8", "replace").decode()
        tags = Tags(title=word, artists=(word,), album=word, genres=(word,), comment=word,
                    label=word, key_written=word, key="3B", bpm=77.0, dj=(word,))  # fmt: skip
        raw = word.encode().replace(b"/", b"_").replace(b"\0", b"_")
        put(
            db, root, b"%02d " % number + raw + b".mp3", tags, measured(124.0, "8A", complaint=word)
        )
    put(db, root, b"\x1b]52;c;QQ\x07 \x9b \xff.mp3", complaint="".join(HOSTILE[:8]))
    files.found(db, root, {b"q%d\x1b]52;c;QQ\x07[/b].flac" % n: Stamp(1, 1, 1) for n in range(9)})
    run = jobs.begin(db)
    for state in (JobState.FAILED, JobState.QUARANTINED):
        job = jobs.claim(db, run, [], paused=False).job
        jobs.fail(db, job, state, "".join(HOSTILE[:8]), "\n".join(HOSTILE[:8]))
    jobs.claim(db, run, [], paused=False)
