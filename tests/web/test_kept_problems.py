"""The problems of a form, sealed in it: what is opened is what was sealed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from petition.core.errors import Param, Problem
from petition.core.sealing import get_sealer, write_text
from petition.error_messages.description import MESSAGES
from petition.signing.form_problems import FormProblem
from petition.web.wording.kept_problems import CODES, PURPOSE, open_problems, seal_problems


@pytest.mark.parametrize(
    "value",
    ["Zoë %(name)s", 7, 2.5, timedelta(seconds=43), date(2026, 11, 3)]
    + [datetime(2026, 11, 3, 9, 30, tzinfo=UTC), ["a", "b"]],
)
def test_a_problem_comes_back_with_its_parameters(app: Flask, value: Param) -> None:
    problems = {"email": Problem(FormProblem.EMAIL_MISTYPED, {"typed": value})}

    with app.app_context():
        assert open_problems(seal_problems(problems)) == problems


def test_each_code_is_known_by_its_value() -> None:
    assert len(CODES) == len(MESSAGES)


def test_a_code_of_another_version_shows_nothing(app: Flask) -> None:
    with app.app_context():
        sealed = write_text(get_sealer().seal(b'[["email", "no-such-code", {}]]', PURPOSE))

        assert open_problems(sealed) == {}


def test_what_is_sealed_shows_nobody_what_was_typed(app: Flask) -> None:
    problem = Problem(FormProblem.EMAIL_MISTYPED, {"typed": "ada@exmaple.org"})

    with app.app_context():
        assert "exmaple" not in seal_problems({"email": problem})
