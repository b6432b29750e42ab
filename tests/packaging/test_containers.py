"""What can be held of Dockerfile and compose.yaml without a container engine."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SECRETS = ("SECRET_KEY", "PETITION_DATA_KEY", "POSTGRES_PASSWORD")


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


def test_nothing_is_published_beyond_this_machine() -> None:
    compose = (ROOT / "compose.yaml").read_text()

    published = re.findall(r'^ +- "([^"]+:\d+)"$', compose, re.M)
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
