"""What can be held of Dockerfile and compose.yaml without a container engine."""

import importlib.util
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from petition.cli import COMMANDS
from petition.core.queues import Stage
from tests.docs.pages import DOCS, read_table, unquote

ROOT = Path(__file__).parents[2]
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD")
# It has two names, so compose cannot ask for one of them: the service does.
DATA_KEY = "PETITION_DATA_KEY"
SETTINGS = [str(unquote(name)) for name, *_ in read_table(DOCS / "settings.md", "name")]
# What the compose file itself says where everything is.
FIXED = {"DATABASE_URL", "REDIS_URL", "PETITION_DATA_DIR", "PETITION_HOST", "PETITION_PORT"}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"] == "hundredth"
}


@pytest.fixture
def system_needs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up's list of system packages."""
    path = ROOT / "scripts" / "system_needs.py"
    spec = importlib.util.spec_from_file_location("system_needs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "system_needs", module)
    spec.loader.exec_module(module)
    return module


def test_the_image_installs_the_system_packages_that_the_set_up_asks_for(
    system_needs: ModuleType,
) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    installed = re.findall(r"^ {8}((?:fonts|lib)[a-z0-9.-]+) \\$", dockerfile, re.M)

    assert sorted(installed) == sorted(need.package for need in system_needs.NEEDS_TO_RUN)


def test_the_image_runs_as_a_user_of_its_own() -> None:
    users = re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), re.M)

    assert users == ["10001:10001"]


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_has_a_default(name: str) -> None:
    compose = (ROOT / "compose.yaml").read_text()
    example = (ROOT / ".env.example").read_text()

    uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", compose)
    assert uses
    assert all(use.startswith(":?") for use in uses)
    assert re.search(rf"^{name}=$", example, re.M)


def test_the_data_key_comes_from_the_env_file_alone() -> None:
    assert DATA_KEY not in re.sub(r"#.*", "", (ROOT / "compose.yaml").read_text())
    assert re.search(rf"^{DATA_KEY}=$", (ROOT / ".env.example").read_text(), re.M)


def test_nothing_is_published_beyond_this_machine() -> None:
    compose = (ROOT / "compose.yaml").read_text()

    published = re.findall(r'^ +- "([^"]+:\d+)"$', compose, re.M)
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def resolve(service: Mapping[str, Any], dotenv: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a container: of ``env_file``, and over it of ``environment``."""
    assert service["env_file"] == ".env"

    def fill(match: re.Match[str]) -> str:
        name, _, default = match[1].partition(":")
        return dotenv.get(name) or default.removeprefix("-")

    return dict(dotenv) | {
        name: re.sub(r"\$\{([^}]+)\}", fill, str(value))
        for name, value in service["environment"].items()
    }


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_the_env_file_reaches_every_container(name: str) -> None:
    dotenv = {setting: f"value of {setting}" for setting in SETTINGS}

    environment = resolve(OURS[name], dotenv)

    lost = {setting for setting in SETTINGS if environment.get(setting) != dotenv[setting]}
    assert lost == FIXED


def test_letters_do_not_share_a_worker_with_mails() -> None:
    commands = [service["command"] for service in OURS.values()]
    workers = [command[2:] for command in commands if command[1] == "worker"]

    assert sorted(stage for stages in workers for stage in stages) == sorted(Stage)
    assert ["mail"] in workers and ["deliver", "dispatch"] in workers


def test_every_command_of_a_container_is_one() -> None:
    named = {service["command"][1] for service in OURS.values()}

    assert named <= {*COMMANDS, "db"}


def test_the_example_names_settings_only() -> None:
    example = (ROOT / ".env.example").read_text()

    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.M)) <= {*SETTINGS, *SECRETS}
