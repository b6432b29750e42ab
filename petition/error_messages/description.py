"""Describe a refusal in the language of the request."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import chain

from flask_babel import format_date
from flask_babel.speaklater import LazyString

from petition.core.errors import InvalidInput, Param, Problem, ProblemCode, UserError
from petition.error_messages.campaign_messages import CAMPAIGN_MESSAGES
from petition.error_messages.definition_messages import DEFINITION_MESSAGES
from petition.error_messages.district_messages import DISTRICT_MESSAGES
from petition.error_messages.form_messages import FORM_MESSAGES
from petition.error_messages.input_messages import INPUT_MESSAGES
from petition.error_messages.link_messages import LINK_MESSAGES
from petition.error_messages.operator_messages import OPERATOR_MESSAGES
from petition.error_messages.page_messages import PAGE_MESSAGES
from petition.error_messages.signer_messages import SIGNER_MESSAGES
from petition.error_messages.staff_messages import STAFF_MESSAGES

TABLES: tuple[Mapping[ProblemCode, str | LazyString], ...] = (
    INPUT_MESSAGES,
    FORM_MESSAGES,
    LINK_MESSAGES,
    PAGE_MESSAGES,
    SIGNER_MESSAGES,
    CAMPAIGN_MESSAGES,
    DISTRICT_MESSAGES,
    STAFF_MESSAGES,
    OPERATOR_MESSAGES,
    DEFINITION_MESSAGES,
)
MESSAGES: Mapping[ProblemCode, str | LazyString] = dict(
    chain.from_iterable(table.items() for table in TABLES)
)


def describe_error(error: UserError) -> str:
    """Return what to tell whoever was refused."""
    return describe(error.problem)


def describe_fields(refused: InvalidInput) -> dict[str, str]:
    """Return what to do about each field that was refused."""
    return describe_all(refused.problems)


def describe_all(problems: Mapping[str, Problem]) -> dict[str, str]:
    """Return the words for the problem of each field."""
    return {name: describe(problem) for name, problem in problems.items()}


def describe(problem: Problem) -> str:
    """Return the words for a problem; a moment is written as its day, names with commas between."""
    words = str(MESSAGES[problem.code])
    if not problem.params:
        return words
    return words % {name: _write(value) for name, value in problem.params.items()}


def _write(value: Param) -> str:
    if isinstance(value, datetime):
        return str(format_date(value, "long"))
    return str(value) if isinstance(value, str | int | float | date) else ", ".join(value)
