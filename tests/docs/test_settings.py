"""docs/settings.md and petition/core/settings.py say the same."""

import base64
from pathlib import Path
from typing import Any

import pytest

from petition import create_app
from petition.core.settings import read_settings
from tests.docs.pages import DOCS, read_table, unquote

TABLE = read_table(DOCS / "settings.md", "name")
DOCUMENTED = {unquote(name): unquote(default) for name, default, *_ in TABLE}


class Recorded(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """The smallest environment that a service outside the demonstration starts with."""
    monkeypatch.chdir(tmp_path)
    return Recorded(
        {
            "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnop",
            "PETITION_DATA_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            "PETITION_PUBLIC_URL": "https://petition.example",
        }
    )


def test_every_setting_that_is_read_is_documented_and_no_other(environment: Recorded) -> None:
    read_settings(environment)

    assert set(DOCUMENTED) == environment.asked


@pytest.mark.parametrize("name", [name for name, default in DOCUMENTED.items() if default])
def test_a_documented_default_changes_nothing_when_it_is_set(
    name: str, environment: Recorded
) -> None:
    default = DOCUMENTED[name]
    assert default is not None

    assert read_settings(environment | {name: default}) == read_settings(environment)


@pytest.mark.parametrize(
    "name", [unquote(name) for name, default, *_ in TABLE if "required" in default]
)
def test_a_setting_that_is_said_to_be_required_is(name: str, environment: Recorded) -> None:
    del environment[name]

    with pytest.raises(Exception, match=name):
        read_settings(environment)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PETITION_SING_LIMIT", "the closest setting is PETITION_SIGN_LIMIT"),
        ("PETITON_PROXY_HOPS", "the closest setting is PETITION_PROXY_HOPS"),
        ("petition_public_url", "the closest setting is PETITION_PUBLIC_URL"),
        ("PETITION_COLOR", "see docs/settings.md for the settings"),
    ],
)
def test_a_name_that_is_no_setting_is_told_with_the_nearest_that_is(
    name: str, words: str, environment: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = read_settings(environment | {name: "a-secret-value"})

    assert settings.unknown == (f"{name} is not a setting and does nothing; {words}",)
    create_app(settings)
    [line] = [line for line in capsys.readouterr().err.splitlines() if name in line]
    assert "settings.unknown" in line and words in line and "a-secret-value" not in line


def test_no_name_of_another_program_is_taken_for_a_setting(environment: Recorded) -> None:
    assert read_settings(environment | {"PATH": "/bin", "POSTGRES_PASSWORD": "x"}).unknown == ()
