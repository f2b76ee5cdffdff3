"""Every key of the application, once. Bindings, the bottom line, help and palette follow from it.

An id begins with where the key works: "app" everywhere, "list" in every list, else the screen.
No screen gives a list key another meaning; where it has no use for one, the key is dead there.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    id: str
    keys: str
    """Comma-separated, the one to show first."""
    action: str
    label: str
    """For the bottom line."""
    says: str
    """For help and palette."""
    shown: bool = False
    """In the bottom line; which has room for a few, in the order of this table."""
    palette: bool = True


TABLE = (
    Key("library.filter", "slash", "filter", "filter", "Filter the list as you type", True),
    Key("list.sort", "s", "sort", "sort", "Sort by another column", True),
    Key("list.reverse", "S", "reverse", "reverse", "Turn the order round"),
    Key("list.columns", "c", "columns", "columns", "Choose and order the columns", True),
    Key("list.open", "enter", "open", "open", "Open what is under the cursor", palette=False),
    Key("library.detail", "d", "detail", "detail", "Show or hide everything known about the track", True),
    Key("library.similar", "N", "similar", "similar", "What sounds like this track, or like the selected ones", True),
    Key("library.news", "full_stop", "news", "take news", "Take the tracks that arrived meanwhile"),
    Key("list.select", "space", "select", "select", "Select this one and go on", True, False),
    Key("list.range", "v", "range", "range", "Begin a range, end it", palette=False),
    Key("list.all", "ctrl+a", "select_all", "all", "Select all that are shown"),
    Key("list.copy", "ctrl+y", "copy", "copy", "Copy path, title or row", True),
    Key("jobs.retry", "r", "retry", "retry", "Queue what failed again: the selected, or this one", True),
    Key("jobs.retry-all", "R", "retry_all", "retry all", "Queue everything that failed again", True),
    Key("jobs.pause", "P", "pause", "pause", "Pause measuring, or go on with it", True),
    Key("jobs.view", "w", "view", "what is shown", "Everything, what went wrong, or the quarantine", True),
    Key("jobs.cancel", "delete", "cancel", "cancel", "Take the job out of the queue", True),
    Key("settings.add", "a", "add_root", "add folder", "Watch another folder", True),
    Key("settings.scan", "r", "scan", "look through", "Look through the folder now", True),
    Key("settings.confirm", "Y", "confirm", "let through", "Let through what a scan held back"),
    Key("settings.remove", "D", "remove", "remove", "Watch the folder no longer; nothing is forgotten", True),
    Key("list.down", "j,down", "move(1)", "down", "One down", palette=False),
    Key("list.up", "k,up", "move(-1)", "up", "One up", palette=False),
    Key("list.page-down", "pagedown,ctrl+f", "page(1)", "page down", "One page down", palette=False),
    Key("list.page-up", "pageup,ctrl+b", "page(-1)", "page up", "One page up", palette=False),
    Key("list.first", "home,g", "go(0)", "first", "To the first", palette=False),
    Key("list.last", "end,G", "go(-1)", "last", "To the last", palette=False),
    Key("screen.back", "escape", "back", "back", "Back: from the panel, the filter, the selection", palette=False),
    Key("app.undo", "u", "undo", "undo", "Take the last change back", True),
    Key("app.redo", "ctrl+r", "redo", "redo", "Do again what was taken back"),
    Key("app.library", "1", "show('library')", "library", "Library: all tracks"),
    Key("app.jobs", "5", "show('jobs')", "jobs", "Jobs: what is being read and measured"),
    Key("app.settings", "6", "show('settings')", "settings", "Settings: the watched folders"),
    Key("app.trouble", "exclamation_mark", "trouble", "trouble", "What failed, and the quarantine"),
    Key("app.help", "question_mark", "keys", "help", "The keys that work here", True),
    Key("app.palette", "ctrl+p", "command_palette", "palette", "Every action, and every track", True, False),
    Key("app.jump", "ctrl+o", "jump", "jump", "Jump: a letter on everything that can have the focus"),
    Key("app.quit", "q", "leave", "leave", "Leave; the daemon goes on", True),
)  # fmt: skip

BY_ID = {key.id: key for key in TABLE}

NAMES = {
    "slash": "/", "space": "Space", "enter": "Enter", "escape": "Esc", "full_stop": ".",
    "question_mark": "?", "exclamation_mark": "!", "pagedown": "PgDn", "pageup": "PgUp",
    "down": "↓", "up": "↑", "home": "Home", "end": "End", "delete": "Del",
}  # fmt: skip


def bindings(*ids: str) -> list[BindingType]:
    """Bindings for these keys; an id that ends in "." stands for all that begin so."""
    return [
        Binding(key.keys, key.action, key.label, show=key.shown, id=key.id, tooltip=key.says)
        for key in TABLE
        if any(key.id == name or (name[-1] == "." and key.id.startswith(name)) for name in ids)
    ]


def names(keys: str) -> str:
    """How the keys of a binding are written for people."""
    return " ".join(NAMES.get(key, key) for key in keys.split(","))
