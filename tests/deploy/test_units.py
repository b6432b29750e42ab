"""The systemd units of docs/deploy/, as far as they can be looked at without a running systemd."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from petition.cli import cli
from petition.core.queues import Stage
from petition.core.settings import read_settings
from tests.docs.pages import DOCS

FOLDER = DOCS / "deploy"
SERVICES = sorted(FOLDER.glob("*.service"))
PETITION = "/opt/hundredth/bin/petition"
# What systemd calls OK, of 10 for a service that may do anything.
LARGEST_EXPOSURE = 2.0


class Unit(ConfigParser):
    """A unit file: names keep their case, and of a name that repeats the last counts."""

    optionxform = staticmethod(str)  # type: ignore[assignment]

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",))
        self.read_string(path.read_text())


@pytest.fixture
def installed(tmp_path: Path) -> list[str]:
    """Copies of all units that name a program which is on this host."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    for path in [*SERVICES, FOLDER / "hundredth.target"]:
        (tmp_path / path.name).write_text(path.read_text().replace(PETITION, "/bin/true"))
    names = [path.name.replace("@.", "@render.") for path in SERVICES]
    return [str(tmp_path / name) for name in names]


def test_systemd_finds_nothing_wrong_with_them(installed: list[str]) -> None:
    for path in installed:
        target = str(Path(path).parent / "hundredth.target")
        command = ["systemd-analyze", "verify", "--man=no", path, target]
        checked = subprocess.run(command, capture_output=True, text=True)

        assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr


def test_they_may_do_little_beside_their_work(installed: list[str]) -> None:
    for path in installed:
        template = path.replace("@render.", "@.")
        command = ["systemd-analyze", "security", "--offline=true", template]
        rated = subprocess.run(command, capture_output=True, text=True, check=True).stdout

        found = re.search(r"exposure level for \S+: ([0-9.]+)", rated)
        assert found and float(found[1]) <= LARGEST_EXPOSURE, rated


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_each_starts_a_role_and_ends_all_of_it(path: Path) -> None:
    service = Unit(path)["Service"]
    program, name, *arguments = service["ExecStart"].split()

    assert program == PETITION
    assert cli.get_command(click.Context(cli), name) is not None
    assert arguments in ([], ["%i"])
    assert service["KillMode"] == "mixed"  # "control-group" would end the job in hand at once
    assert service["Restart"] == "always"
    assert service["EnvironmentFile"] == "/etc/hundredth/env"
    assert Unit(path)["Unit"]["PartOf"] == "hundredth.target"


def test_the_target_wants_every_role_and_a_worker_for_each_queue() -> None:
    wanted = re.findall(r"hundredth-[\w@]+\.service", (FOLDER / "hundredth.target").read_text())

    workers = {f"hundredth-worker@{stage.value}.service" for stage in Stage}
    assert set(wanted) == workers | {"hundredth-web.service", "hundredth-scheduler.service"}


def test_the_settings_file_is_read_alike_by_systemd_and_the_shell(tmp_path: Path) -> None:
    text = (FOLDER / "hundredth.env").read_text()
    filled = re.sub(r"^# (PETITION_[A-Z_]+=)", r"\1", text, flags=re.M)
    path = tmp_path / "env"
    path.write_text(filled)

    shell = f"set -a; . {path}; env"
    printed = subprocess.run(["sh", "-c", shell], env={}, capture_output=True, text=True).stdout
    by_shell = dict(line.split("=", 1) for line in printed.splitlines())
    by_systemd = {
        name: value.strip("'") for name, value in re.findall(r"^([A-Z_]+)=(.*)$", filled, re.M)
    }

    assert by_systemd.items() <= by_shell.items()
    keys = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz", "PETITION_DATA_KEY": KEY}
    settings = read_settings(by_systemd | keys | {"PETITION_DATA_DIR": str(tmp_path)})
    assert settings.unknown == ()
    assert settings.proxy_hops == 1 and settings.channel == "email"


KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
