import pytest
from rich.cells import cell_len

from tracker.model import FileState, Job, Running, Status, TrackRow, Work
from tui import format as fmt

ROW = TrackRow(
    1, "Ostia", "Northgate", None, 124.0, 0.9, "8A", 0.9, 7, 402.0, 4, None, None,
    FileState.PRESENT, 1, "ostia.flac", None, True, "",
)  # fmt: skip


def changed(**fields):
    return TrackRow(**{name: getattr(ROW, name) for name in ROW.__struct_fields__} | fields)


@pytest.mark.parametrize(
    ("column", "row", "shown"),
    [
        ("title", ROW, "Ostia"),
        ("title", changed(title=None), "ostia.flac"),
        ("bpm", ROW, " 124.00 "),
        ("bpm", changed(bpm_confidence=0.4), "~124    "),
        ("bpm", changed(differs="bpm key"), " 124.00≠"),
        ("bpm", changed(bpm=None), ""),
        ("key", ROW, "  8A "),
        ("key", changed(key="10B", key_confidence=0.3, differs="key"), "~10B≠"),
        ("energy", ROW, "7"),
        ("duration", ROW, "6:42"),
        ("duration", changed(duration=7322.4), "2:02:02"),
        ("rating", ROW, "★★★★"),
        ("rating", changed(rating=0), "☆"),
        ("rating", changed(rating=10**9), "★★★★★"),
        ("rating", changed(rating=None), ""),
        ("year", ROW, ""),
    ],
)
def test_a_cell_says_what_is_known_and_how_sure_it_is(column, row, shown):
    assert fmt.cell(row, column) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "夜の海へ行く",
        "e\u0301te\u0301",
        "👩\u200d🎤 singer",
        "❤\ufe0f love",
        "नमस्ते",
        "",
        "x" * 50,
    ],
)
@pytest.mark.parametrize("width", [0, 1, 2, 7, 20])
def test_whatever_it_is_written_in_a_cell_has_its_width(text, width):
    assert cell_len(fmt.fit(text, width)) == width
    assert cell_len(fmt.fit(text, width, right=True)) == width
    if width:
        assert cell_len(fmt.fit_end(text, width)) == width


def test_of_a_path_the_end_is_kept():
    assert fmt.fit_end("/music/artist/album/title.flac", 12) == "…/title.flac"


def test_text_is_never_markup_and_never_moves_the_cursor():
    content = fmt.say("[b]x[/b] \x1b]52;c;AAAA\x07 \x9b31m \u202e [@click=app.bell()]y[/]")

    assert content.plain == "[b]x[/b] ␛]52;c;AAAA␇ \ufffd31m \ufffd [@click=app.bell()]y[/]"
    assert not content.spans


@pytest.mark.parametrize(
    ("work", "shown"),
    [
        (Work(), ""),
        (Work(queued=3, done=1), "▕██▌       ▏ 1/4 measured"),
        (Work(queued=548, done=412, eta=370.0), "▕████▎     ▏ 412/960 measured  6:10 left"),
        (Work(queued=2, paused=True), "paused, 2 waiting"),
    ],
)
def test_the_job_line_says_how_far_it_is(work, shown):
    assert fmt.progress(work, 60).plain == shown


def test_a_narrow_job_line_keeps_the_numbers():
    assert fmt.progress(Work(queued=3, done=1), 30).plain == "█▌     1/4"


def test_numbers_are_grouped_and_plurals_right():
    assert (fmt.number(48211), fmt.counted(1, "track"), fmt.counted(0, "track")) == (
        "48 211",
        "1 track",
        "0 tracks",
    )
    assert fmt.signed(-8.1) == "−8.1"


def test_health_is_a_word_and_not_only_a_colour():
    ready = Status(1, "1", 1, "ready", 1.0, 1, 1, 0, Work(), "music-server")

    assert fmt.health(ready, None)[0] == "music-server"
    assert fmt.health(ready, "it went away")[0] == "no daemon"
    assert fmt.health(None, None)[0] == "connecting"
    assert fmt.health(Status(1, "1", 1, "read-only", 1.0, 1, 1, 0, Work()), None)[0] == "read-only"


def test_the_rate_is_plotted_from_nothing_to_most():
    assert fmt.spark([0.0, 1.0, 2.0, 4.0]) == " ▂▄█"
    assert fmt.spark([]) == ""


def test_running_files_are_named_without_their_folders():
    from tui.widgets.bars import RuleLine

    one = Running(Job(1, "measure", 1, "/music/a/Ostia.flac"), 3.0)

    assert RuleLine.current([one]) == "measuring Ostia.flac"
    assert RuleLine.current([]) == ""
