"""The pages of docs/deploy/: each command that somebody is to copy exists, as does each file."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from petition.cli import cli
from petition.core.queues import Stage
from tests.docs.pages import DOCS, ROOT

FOLDER = DOCS / "deploy"
PAGES = sorted(FOLDER.glob("*.md"))
# Of Flask-Migrate, which is there once an app is.
MIGRATIONS = {"upgrade", "downgrade", "heads"}


def list_lines(page: Path) -> Iterator[str]:
    """Yield what is to be copied, a line that goes on as one, and what stands between backticks."""
    text = page.read_text("utf-8")
    joined = re.sub(r"\\\n\s+", "", text)
    yield from (match[1] for match in re.finditer(r"^(?: {4}| {8})(\S.*)$", joined, re.M))
    yield from re.findall(r"`([^`\n]+)`", text)


def list_commands() -> list[tuple[str, str]]:
    """Return each ``petition`` command that is named with something behind it, and its page."""
    return [
        (page.name, line.split("petition ", 1)[1])
        for page in PAGES
        for line in list_lines(page)
        if re.match(r"(/opt/hundredth/bin/|docker .* )?petition [a-z]", line)
    ]


@pytest.mark.parametrize(("page", "typed"), list_commands())
def test_each_command_exists_with_its_options(page: str, typed: str) -> None:
    words = re.sub(r"(#|>>).*", "", typed).split()
    if words[0] == "db":
        assert words[1] in MIGRATIONS
        return
    command: click.Command | None = cli
    while isinstance(command, click.Group) and words:
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None, typed
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known
    if command.name == "worker":
        assert set(words) <= {stage.value for stage in Stage}


def test_there_are_commands_to_look_at() -> None:
    assert len(list_commands()) > 30


def test_each_file_that_is_copied_is_there() -> None:
    for page in PAGES:
        for name in re.findall(r"docs/deploy/([\w@.*-]+)", page.read_text("utf-8")):
            assert list(FOLDER.glob(name.strip("."))), name


def test_a_host_gets_the_system_packages_that_a_set_up_asks_for() -> None:
    path = ROOT / "scripts" / "system_needs.py"
    spec = importlib.util.spec_from_file_location("system_needs", path)
    assert spec is not None and spec.loader is not None
    needs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(needs)
    [line] = [line for line in list_lines(FOLDER / "debian.md") if line.startswith("apt-get inst")]

    assert {need.package for need in needs.NEEDS_TO_RUN} <= set(line.split())


def test_an_upgrade_builds_as_the_first_installation_did() -> None:
    def list_steps(page: str, number: int) -> list[str]:
        lines = list_lines(FOLDER / page)
        return [line for line in lines if line.startswith(f"/opt/hundredth-{number}/bin/pip")]

    first = list_steps("debian.md", 1)
    again = list_steps("upgrade.md", 2)

    assert len(first) == 3
    assert [line.replace("hundredth-1", "hundredth-2") for line in first] == again
