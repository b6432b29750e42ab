"""Every code that can be raised has words, and all words are of such a code."""

import ast
import pkgutil
from collections import defaultdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from flask.ctx import AppContext
from flask_babel.speaklater import LazyString

import petition
from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import Problem, ProblemCode
from petition.error_messages.definition_messages import DEFINITION_MESSAGES
from petition.error_messages.description import MESSAGES, TABLES, describe
from petition.error_messages.opening_messages import OPENING_MESSAGES
from petition.error_messages.operator_messages import OPERATOR_MESSAGES
from petition.error_messages.portal_messages import PORTAL_MESSAGES
from petition.error_messages.staff_messages import STAFF_MESSAGES
from petition.error_messages.token_messages import TOKEN_MESSAGES
from petition.error_messages.webhook_messages import WEBHOOK_MESSAGES
from petition.models.slug_problems import SlugProblem
from petition.signing.form_problems import FormProblem

ROOT = Path(petition.__file__).parent
ENGLISH = (
    STAFF_MESSAGES,
    OPENING_MESSAGES,
    PORTAL_MESSAGES,
    OPERATOR_MESSAGES,
    DEFINITION_MESSAGES,
    TOKEN_MESSAGES,
    WEBHOOK_MESSAGES,
)


def list_codes() -> list[ProblemCode]:
    for module in pkgutil.walk_packages(petition.__path__, "petition."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    return [code for kind in ProblemCode.__subclasses__() for code in kind]


def list_named() -> set[tuple[str, str]]:
    """Return what is read of a class anywhere but in the words: (class, name)."""
    return {
        (node.value.id, node.attr)
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if "error_messages" not in path.parts
    }


def test_no_two_codes_have_one_value() -> None:
    codes = list_codes()

    assert len({str(code) for code in codes}) == len(codes)


def test_every_code_has_words_and_all_words_are_of_one_code() -> None:
    assert {code for code in list_codes() if code not in MESSAGES} == set()
    assert len(MESSAGES) == sum(len(table) for table in TABLES)


def test_every_code_is_raised_somewhere() -> None:
    named = list_named()

    assert [one for one in list_codes() if (type(one).__name__, one.name) not in named] == []


def test_what_visitors_read_is_translated_and_what_staff_read_is_english() -> None:
    # tests/web/test_languages.py holds that all that is translated has its Spanish.
    for table in TABLES:
        kind = str if table in ENGLISH else LazyString
        assert [code for code, words in table.items() if not isinstance(words, kind)] == []


@pytest.mark.parametrize("code", MESSAGES)
def test_words_have_named_parameters_only(code: ProblemCode) -> None:
    words = str(MESSAGES[code])

    if "%" in words:
        assert words % defaultdict(lambda: "ten") != words


def test_parameters_are_written_for_a_reader(context: AppContext) -> None:
    states = Problem(FormProblem.OTHER_STATE, {"code": "42223", "state": ("KY", "TN")})
    at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    closed = Problem(CampaignProblem.CLOSED_ON_UNCONFIRMED, {"day": at})
    typed = Problem(SlugProblem.CAMPAIGN_UNKNOWN, {"slug": "100%s"})

    assert "42223 is in KY, TN;" in describe(states)
    assert "closed on March 4, 2026." in describe(closed)
    assert describe(typed).startswith("There is no campaign '100%s'; list them")
