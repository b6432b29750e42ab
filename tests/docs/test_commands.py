"""docs/commands.md names every command of ours, and none that there is not."""

import re
from collections.abc import Iterator

import click

from petition.cli import COMMANDS, cli
from tests.docs.pages import DOCS, PAGES, ROOT

# Flask's own and its extensions': there once an app is, so they are not walked here.
FLASKS = {"db", "routes", "shell", "run"}


def walk(group: click.Group, path: str, names: list[str]) -> Iterator[str]:
    """Yield every command under a group as it is typed."""
    context = click.Context(group)
    for name in names:
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from walk(command, f"{path} {name}", command.list_commands(context))
        else:
            yield f"{path} {name}"


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")

    missing = [
        command
        for command in walk(cli, "petition", list(COMMANDS))
        if not re.search(rf"`{re.escape(command)}[` ]", text)
    ]

    assert missing == []


def test_no_document_names_a_command_that_there_is_not() -> None:
    known = set(walk(cli, "petition", list(COMMANDS)))
    groups = {command.rpartition(" ")[0] for command in known}
    wrong = []
    for page in PAGES:
        for typed in re.findall(r"`petition ([a-z][^`]*)`", page.read_text("utf-8")):
            words = typed.split()
            command = f"petition {words[0]}"
            if command in groups and len(words) > 1:
                command = f"{command} {words[1]}"
            if command not in known | groups and words[0] not in FLASKS:
                wrong.append(f"{page.relative_to(ROOT)}: {command}")

    assert wrong == []


def test_every_option_that_a_document_names_exists() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    known = {
        option
        for name in COMMANDS
        if (command := cli.get_command(click.Context(cli), name))
        for option in _list_options(command)
    }

    assert set(re.findall(r"--[a-z][a-z-]+", text)) <= known | {"--help"}


def _list_options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _list_options(child)
