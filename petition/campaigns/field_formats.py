"""The kinds of fields that have a format of their own: slugs, languages, addresses, dates.

Each has a ``read`` as described in petition/campaigns/field_kinds.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from petition.campaigns.field_kinds import SHOWN_CHARACTERS, Problems, Text, cut, is_a
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Problem
from petition.models.campaigns.campaign import SLUG
from petition.validation.mail_addresses import read_mail_address

URL_LIMIT = 2_000
EMAIL_LIMIT = 254  # RFC 5321, 4.5.3.1.3
_EARLIEST, _LATEST = 2000, 2200  # years


@dataclass(frozen=True, slots=True)
class Slug:
    """A name for URLs: lower-case letters, digits and single hyphens."""

    longest: int

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if Text(self.longest).read(name, value, problems) is None:
            return None
        if SLUG.fullmatch(value) is None:
            problems.append(Problem(DefinitionProblem.NOT_SLUG, field=name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class LanguageTag:
    """A BCP 47 tag (``es``, ``es-MX``) whose language is one of a few."""

    allowed: tuple[str, ...]

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if not is_a(str, name, value, problems):
            return None
        language, *subtags = value[:SHOWN_CHARACTERS].split("-")
        known = language.lower() in self.allowed and len(value) <= SHOWN_CHARACTERS
        if not known or not all(
            tag.isascii() and tag.isalnum() and len(tag) <= 8 for tag in subtags
        ):
            params = {"found": cut(value), "allowed": list(self.allowed)}
            problems.append(Problem(DefinitionProblem.NOT_ONE_OF, params, name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time; one without a zone is in UTC."""

    def read(self, name: str, value: Any, problems: Problems) -> datetime | None:
        """Return it in UTC."""
        if not is_a(datetime, name, value, problems) or not isinstance(value, datetime):
            return None
        if not _EARLIEST <= value.year < _LATEST:
            params = {"least": _EARLIEST, "most": _LATEST - 1}
            problems.append(Problem(DefinitionProblem.OUT_OF_RANGE, params, name))
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """The URL of a page, with http or https."""

    longest: int = URL_LIMIT

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it unchanged."""
        if Text(self.longest).read(name, value, problems) is None:
            return None
        if not _is_web_address(value):
            problems.append(Problem(DefinitionProblem.NOT_URL, field=name))
            return None
        return str(value)


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An e-mail address to which answers are sent."""

    longest: int = EMAIL_LIMIT

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it in the form used for sending."""
        if Text(self.longest).read(name, value, problems) is None:
            return None
        found = read_mail_address(value)
        if found is None:
            problems.append(Problem(DefinitionProblem.NOT_EMAIL, field=name))
        return found


def _is_web_address(text: str) -> bool:
    if any(sign.isspace() for sign in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an IPv6 address, or a port that is not a number
        return False
