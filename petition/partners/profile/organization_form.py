"""The form with which owners change their organization's page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from petition.core.errors import ImportRefused, InvalidInput, Problem
from petition.partners.applications.domain_proof import read_web_page
from petition.partners.logos import tell_logo_type
from petition.partners.partner_problems import PartnerProblem
from petition.partners.texts import Problems, read_line, read_lines, read_title
from petition.validation.mail_addresses import read_mail_address
from petition.validation.whole_numbers import read_whole

LONGEST_ABOUT = 300
LONGEST_OFFERING = 3_000
LONGEST_CONTACT = 150
LONGEST_PHONE = 40
LONGEST_LISTS = 20_000  # characters of all lines
MOST_LISTED = 200
FARTHEST_KM = 500
LOGO_NAME = "The logo"
_DIVISION = re.compile(r"ocd-division/country:us(?:/[a-z_]+:[\w.~-]+)*")


@dataclass(frozen=True, slots=True)
class OrganizationEdit:
    """The checked form.

    - ``at_once``: values that are shown at once; ``waiting``: those that wait for staff if they
      differ. Both by column. ``logo``: a picture and its media type; None for no other.
    """

    at_once: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, Any] = field(default_factory=dict)
    logo: tuple[bytes, str] | None = None


def read_edit(typed: Mapping[str, str], logo: bytes) -> OrganizationEdit:
    """Return the changes of an organization; raises InvalidInput with the problem of each field."""
    problems: Problems = {}
    at_once: dict[str, Any] = {
        "url": _read_url(typed, problems),
        "about": read_line(typed.get("about", ""), "about", LONGEST_ABOUT, problems),
        "offering": read_lines(typed.get("offering", ""), "offering", LONGEST_OFFERING, problems),
        "contact_name": read_line(
            typed.get("contact_name", ""), "contact_name", LONGEST_CONTACT, problems
        ),
        "contact_email": _read_email(typed, problems),
        "contact_phone": read_line(
            typed.get("contact_phone", ""), "contact_phone", LONGEST_PHONE, problems
        ),
        **_read_reach(typed, problems),
    }
    waiting: dict[str, Any] = {
        "name": read_title(typed.get("name", ""), "name", problems, PartnerProblem.NAME_MISSING),
        "members": _read_members(typed, problems),
    }
    picture = _read_logo(logo, problems) if logo else None
    if problems:
        raise InvalidInput(problems)
    return OrganizationEdit(at_once, waiting, picture)


def _read_url(typed: Mapping[str, str], problems: Problems) -> str | None:
    said = typed.get("url", "").strip()
    url = read_web_page(said) if said else None
    if said and url is None:
        problems["url"] = Problem(PartnerProblem.URL_REFUSED)
    return url


def _read_email(typed: Mapping[str, str], problems: Problems) -> str | None:
    said = typed.get("contact_email", "").strip()
    email = read_mail_address(said) if said and len(said) <= 320 else None
    if said and email is None:
        problems["contact_email"] = Problem(PartnerProblem.EMAIL_REFUSED)
    return email


def _read_reach(typed: Mapping[str, str], problems: Problems) -> dict[str, Any]:
    """Return kilometers around each base, or divisions; neither if nothing was typed."""
    kilometers, divisions = _read_kilometers(typed, problems), _read_divisions(typed, problems)
    if kilometers is not None and divisions:
        problems["reach_km"] = Problem(PartnerProblem.REACH_TWICE)
    return {"reach_km": kilometers, "reach_divisions": divisions}


def _read_kilometers(typed: Mapping[str, str], problems: Problems) -> int | None:
    said = typed.get("reach_km", "").strip()
    if not said:
        return None
    kilometers = read_whole(said, FARTHEST_KM)
    if kilometers:
        return kilometers
    problems["reach_km"] = Problem(PartnerProblem.REACH_REFUSED)
    return None


def _read_divisions(typed: Mapping[str, str], problems: Problems) -> list[str]:
    said = typed.get("reach_divisions", "")
    lines = read_divisions(said.split()) if len(said) <= LONGEST_LISTS else None
    if lines is None:
        problems["reach_divisions"] = Problem(PartnerProblem.DIVISION_REFUSED)
        return []
    return lines


def read_divisions(said: Sequence[str]) -> list[str] | None:
    """Return each of these division ids once; None if there are too many, or one is none."""
    lines = list(dict.fromkeys(said))
    is_read = len(lines) <= MOST_LISTED and all(_DIVISION.fullmatch(line) for line in lines)
    return lines if is_read else None


def _read_members(typed: Mapping[str, str], problems: Problems) -> list[str]:
    text = read_lines(typed.get("members", ""), "members", LONGEST_LISTS, problems)
    names: list[str] = []
    for line in text.split("\n"):
        if line.strip() and len(names) < MOST_LISTED:
            names.append(read_title(line, "members", problems, PartnerProblem.NAME_MISSING))
    return names


def _read_logo(logo: bytes, problems: Problems) -> tuple[bytes, str] | None:
    try:
        return logo, tell_logo_type(LOGO_NAME, logo)
    except ImportRefused:
        problems["logo"] = Problem(PartnerProblem.LOGO_REFUSED)
        return None
