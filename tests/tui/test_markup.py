"""Nothing in a tag, a file name or an error can control the terminal or the program."""

import ast
from pathlib import Path

import pytest
from hostile_library import evil
from looking import look
from waiting import until

import tui

HERE = Path(tui.__file__).parent
SOURCES = [
    path
    for path in [*HERE.rglob("*.py")]
    if "verbs" not in path.parts and path.name not in ("cli.py", "console.py", "launch.py")
]
RAW = {"Static", "Label", "Content", "Text", "Option", "Button", "Markdown", "RichLog", "Tooltip"}
"""What shows a bare text as it is, or takes it for markup."""
METHODS = {
    "update",
    "notify",
    "from_markup",
    "from_text",
    "styled",
    "assemble",
    "write_line",
}
TITLES = {"border_title", "border_subtitle", "tooltip", "title", "sub_title", "placeholder", "help"}
DOORS = {"format.py"}
"""Where text is cleaned on its way in."""
CLEANED = {"say", "styled", "row", "lines", "clean", "shown", "name"}


def named(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def literal(node):
    """A constant of ours, or what came through the door."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.IfExp):
        return literal(node.body) and literal(node.orelse)
    if isinstance(node, ast.Call):
        return named(node) in CLEANED | {"draw", "about", "nothing"}
    return False


def complaints(source):
    """Places where a text might reach a widget without having been cleaned."""
    tree = ast.parse(source)
    annotated = {
        argument.arg
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in function.args.args
        if argument.annotation and "Content" in ast.unparse(argument.annotation)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name, texts = named(node), node.args[:1]
            own_door = ast.unparse(node.func) in ("styled", "fmt.styled")
            if name in RAW | METHODS and not own_door:
                for text in texts:
                    known = isinstance(text, ast.Name) and text.id in annotated
                    plain = isinstance(text, ast.Attribute) and text.attr == "plain"
                    if not (literal(text) or known or plain):
                        yield node.lineno, name
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr in TITLES:
                    fixed = isinstance(node.value, ast.IfExp | ast.Constant) and literal(node.value)
                    number = ast.unparse(node.value) == "f'Job {self.job.id}'"
                    if not (fixed or number or literal(node.value)):
                        yield node.lineno, target.attr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HERE)))
def test_no_bare_text_goes_into_a_widget(path):
    if path.name in DOORS:
        return

    assert list(complaints(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(row.title)",
        "self.query_one(Static).update(f'{row.title}')",
        "self.notify(str(error))",
        "Content.from_markup(text)",
        "Label(title + 'x')",
        "box.border_title = path",
    ],
)
def test_the_lint_sees_what_it_is_there_for(source):
    assert list(complaints(source))


def test_only_the_door_knows_how_to_make_content():
    for path in SOURCES:
        if path.name not in DOORS:
            tree = ast.parse(path.read_text("utf-8"))
            made = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            assert "Content" not in {named(call) for call in made}, path


def harmless(text):
    return all(character.isprintable() or character == "\n" for character in text)


async def test_hostile_text_is_only_shown(tmp_path, monkeypatch):
    async with look(tmp_path, monkeypatch, evil, size=(200, 50)) as shown:
        await until(lambda: shown.table.rows)
        screens = []
        for _ in range(13):
            await shown.press("j")
            await shown.pilot.pause(0.1)
            screens.append(shown.text())
        for place in range(2, 120, 13):
            await shown.pilot.click(shown.table, offset=(place, 3))
        for keys in (
            ["5"], ["exclamation_mark"], ["j", "enter"], ["escape", "6"], ["enter"], ["1"],
            ["ctrl+p", *"click"], ["escape", "slash", *"click"], ["escape", "question_mark"],
            ["escape", "s"], ["escape", "ctrl+y", "p"], ["ctrl+y", "r"],
        ):  # fmt: skip
            await shown.press(*keys)
            await shown.pilot.pause(0.1)
            screens.append(shown.text())

        assert shown.app.is_running
        assert "[@click=app.quit()]click[/]" in screens[0]
        assert "[/b]" in "".join(screens)
        assert all(map(harmless, screens))
        assert "\x1b" not in shown.app.clipboard


async def test_what_is_pasted_is_cleaned(tmp_path, monkeypatch):
    from textual.events import Paste

    async with look(tmp_path, monkeypatch, evil) as shown:
        await until(lambda: shown.table.rows)
        await shown.press("slash")

        shown.app.screen.post_message(Paste("a\x1b]52;c;QQ\x07\u202eb"))

        await until(lambda: shown.app.screen.field.value == "a␛]52;c;QQ␇\ufffdb")
