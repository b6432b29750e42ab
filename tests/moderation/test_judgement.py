"""What becomes of words as they are signed: by the campaign's mode, and by what they take over."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext

import petition.demo
from petition.core.errors import ConfigurationError
from petition.core.settings import read_settings
from petition.demo.invented_people import COMMENTS
from petition.moderation.judgement import ReadingReason, find_reason, judge_comment
from petition.moderation.listed_words import check_words, find_listed
from tests.conftest import ENVIRONMENT
from tests.moderation.conftest import Own

HARMLESS, LINK = "The 83 never comes.", "www.evil.example"


@pytest.mark.parametrize(
    ("mode", "comment", "publish", "before", "state"),
    [
        ("all", HARMLESS, True, None, "allowed"),
        ("all", LINK, True, None, "waiting"),
        ("all", HARMLESS, False, None, None),
        ("all", "  ", True, None, None),
        ("reviewed", HARMLESS, True, None, "waiting"),
        ("none", HARMLESS, True, None, None),
        # words that take the place of others
        ("all", HARMLESS, True, "allowed", "allowed"),
        ("all", HARMLESS, True, "waiting", "waiting"),
        ("all", HARMLESS, True, "struck", "waiting"),
        ("reviewed", HARMLESS, True, "allowed", "waiting"),
        ("reviewed", HARMLESS, False, "allowed", None),
    ],
)
def test_words_are_judged_by_their_campaign(
    context_once: AppContext,
    mode: str,
    comment: str,
    publish: bool,
    before: str | None,
    state: str | None,
) -> None:
    assert judge_comment(mode, comment, publish, before) == state


def test_the_demonstration_prints_all_and_its_people_write_nothing_that_waits(
    context_once: AppContext,
) -> None:
    file = Path(petition.demo.__file__).with_name("campaign.toml")

    mode = tomllib.loads(file.read_text("utf-8"))["comments"]

    assert mode == "all"
    assert {judge_comment(mode, comment, True) for comment in COMMENTS} == {"allowed"}


def test_an_organization_adds_words_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# ours\nAcme|Ajax ~ pipeline*\nrot13: sbbone\n\n", "utf-8")
    app = Flask("own-words")
    settings = Own()
    settings.comment_words = path  # type: ignore[assignment]
    app.extensions["hundredth"] = settings

    with app.app_context():
        found = [
            find_reason(words)
            for words in ("The ACME gas pipelines!", "A j a x pipeline", "Foobar?", "A pipeline")
        ]

    assert found == [ReadingReason.WORD, ReadingReason.WORD, ReadingReason.WORD, None]


@pytest.mark.parametrize("line", ["a  |b c", "(x)", "a*b", "~ a", "a ~", "a.*"])
def test_a_list_that_says_nonsense_is_refused_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(f"fine\n{line}\n", "utf-8")

    with pytest.raises(ConfigurationError, match="line 2"):
        check_words(path)


def test_a_list_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    missing = ENVIRONMENT | {"PETITION_COMMENT_WORDS": str(tmp_path / "none.txt")}

    with pytest.raises(ConfigurationError, match="PETITION_COMMENT_WORDS"):
        read_settings(missing)


def test_a_list_that_says_nonsense_stops_the_start(
    tmp_path: Path, make_app: Callable[..., Flask]
) -> None:
    path = tmp_path / "words.txt"
    path.write_text("(x)\n", "utf-8")

    with pytest.raises(ConfigurationError, match="line 1"):
        make_app(PETITION_COMMENT_WORDS=str(path))


def test_an_empty_list_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# nothing yet\n", "utf-8")

    assert not find_listed("a sentence", path)
