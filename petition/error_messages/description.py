"""Describe a refusal in the language of the request."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import chain

from flask_babel import format_date, ngettext
from flask_babel.speaklater import LazyString

from petition.core.errors import InvalidInput, Param, Problem, ProblemCode, UserError
from petition.error_messages.campaign_messages import CAMPAIGN_MESSAGES
from petition.error_messages.definition_messages import DEFINITION_MESSAGES
from petition.error_messages.district_messages import DISTRICT_MESSAGES
from petition.error_messages.form_messages import FORM_MESSAGES
from petition.error_messages.input_messages import INPUT_MESSAGES
from petition.error_messages.link_messages import LINK_MESSAGES
from petition.error_messages.opening_messages import OPENING_MESSAGES
from petition.error_messages.operator_messages import OPERATOR_MESSAGES
from petition.error_messages.page_messages import PAGE_MESSAGES
from petition.error_messages.partner_messages import PARTNER_MESSAGES
from petition.error_messages.portal_messages import PORTAL_MESSAGES
from petition.error_messages.signer_messages import SIGNER_MESSAGES
from petition.error_messages.staff_messages import STAFF_MESSAGES
from petition.error_messages.token_messages import TOKEN_MESSAGES
from petition.error_messages.webhook_messages import WEBHOOK_MESSAGES

TABLES: tuple[Mapping[ProblemCode, str | LazyString], ...] = (
    INPUT_MESSAGES,
    FORM_MESSAGES,
    LINK_MESSAGES,
    PAGE_MESSAGES,
    PARTNER_MESSAGES,
    SIGNER_MESSAGES,
    CAMPAIGN_MESSAGES,
    DISTRICT_MESSAGES,
    STAFF_MESSAGES,
    OPENING_MESSAGES,
    PORTAL_MESSAGES,
    OPERATOR_MESSAGES,
    DEFINITION_MESSAGES,
    TOKEN_MESSAGES,
    WEBHOOK_MESSAGES,
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
    """Return the words for a problem.

    - A moment is written as its day, a time to wait in seconds, minutes or hours, names with commas
      between.
    """
    words = str(MESSAGES[problem.code])
    if not problem.params:
        return words
    return words % {name: _write(value) for name, value in problem.params.items()}


def describe_row(problems: Mapping[str, Problem]) -> str:
    """Return what is wrong with a row of a file: each field with its sentence."""
    return " ".join(
        f"{field}: {describe(problem)}" if field else describe(problem)
        for field, problem in problems.items()
    )


def describe_wait(seconds: int) -> str:
    """Return a time to wait in words, rounded up to seconds, minutes or hours."""
    if seconds <= 90:
        return ngettext("%(num)s second", "%(num)s seconds", max(1, seconds))
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return ngettext("%(num)s hour", "%(num)s hours", -(-minutes // 60))


def _write(value: Param) -> str:
    if isinstance(value, timedelta):
        return describe_wait(int(value.total_seconds()))
    if isinstance(value, datetime):
        return str(format_date(value, "long"))
    return str(value) if isinstance(value, str | int | float | date) else ", ".join(value)
