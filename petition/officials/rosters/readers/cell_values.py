"""Reads single values of a roster: texts, lists, days, e-mail addresses, telephone numbers.

- A value that is not needed and cannot be used is taken for empty and listed, with its place; its
  seat is imported without it. Where its meaning is sure it is mended, and listed too.
- What is needed (a name, an id, a role) is refused.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from petition.officials.rosters.mailing_address import is_email, mend_email, tidy
from petition.officials.rosters.roster import Where

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ].*")
# What of a day that is none is sure: its month or its year.
_MONTH = re.compile(r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-\d\d")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHOWN = 60
_FEWEST_DIGITS = 7
_LONGEST_PHONE = 60
_LONGEST_PAGE = 500
_PAGE = re.compile(r"https?://[!-~]+", re.IGNORECASE)
# A number of the North American plan of which letters stand for some digits: 1-800-555-VOTE.
_VANITY = re.compile(r"(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?[\dA-Za-z](?:[ .-]?[\dA-Za-z]){6,}")


def read_field(where: Where, mapping: Mapping[str, Any], key: str) -> str:
    """Return a text of a mapping as one line; empty where it is not there."""
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise where.refuse(f"{key!r} is no text", "one text", "mend the value")
    return value if key == "address" else tidy(value)


def read_optional(where: Where, mapping: Mapping[str, Any], key: str) -> str:
    """Return a text that may be missing; what is no text is taken for empty and listed."""
    if not isinstance(mapping.get(key), str | None):
        where.note(f"{key!r} is no text; taken for empty")
        return ""
    return read_field(where, mapping, key)


def read_list(where: Where, mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of mappings; empty where it is not there."""
    value = mapping.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise where.refuse(
            f"{key!r} is no list of mappings", "a list such as OpenStates has", "mend the value"
        )
    return value


def read_offices(where: Where, mapping: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the offices of a person; what is none is left out and listed."""
    value = mapping.get("offices")
    offices = value if isinstance(value, list) else [] if value is None else [value]
    kept = [office for office in offices if isinstance(office, dict)]
    if len(kept) < len(offices):
        where.note("'offices' is no list of mappings; what is none is left out")
    return kept


def read_date(where: Where, text: str, key: str, *, last: bool = False) -> date | None:
    """Return a day; None for an empty text.

    - OpenStates has years and months too: their first day, or with ``last`` their last.
    - A day that is none is listed and taken for its month or year, where one is told: a term that
      is over does not begin to run again. Else it is taken for empty.
    """
    if not text:
        return None
    moment = _MOMENT.fullmatch(text)
    day = _read_day(moment[1] if moment else text, last)
    if day is not None:
        return day
    month = _MONTH.fullmatch(text)
    years = _YEAR.findall(text)
    sure = month[1] if month else years[0] if len(years) == 1 else ""
    where.note(f"{key} {text[:_SHOWN]!r} is no date; taken for {sure or 'empty'}")
    return _read_day(sure, last) if sure else None


def read_email(where: Where, text: str, key: str = "e-mail") -> str | None:
    """Return an e-mail address that can be sent to; None for an empty text."""
    if not text:
        return None
    mended = mend_email(text)
    if not is_email(mended):
        where.note(f"the {key} {text[:_SHOWN]!r} is no address; taken for empty")
        return None
    if mended != text:
        where.note(f"the {key} {text[:_SHOWN]!r} read as {mended}")
    return mended


def read_form(text: str) -> str | None:
    """Return the page of a web form, which rosters name by itself or in place of an address."""
    found = _PAGE.fullmatch(text.strip())
    return found[0] if found and len(found[0]) <= _LONGEST_PAGE else None


def read_phone(where: Where, text: str, key: str) -> str | None:
    """Return a telephone or fax number as it is written; None for what is empty or none."""
    if not text:
        return None
    digits = sum(sign.isdecimal() for sign in text)
    fits = len(text) <= _LONGEST_PHONE and "@" not in text and "://" not in text
    if fits and (digits >= _FEWEST_DIGITS or _VANITY.fullmatch(text)):
        return text
    where.note(f"{key} {text[:_SHOWN]!r} is no telephone number; taken for empty")
    return None


def _read_day(text: str, last: bool) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None or not text.isascii():
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    month = month or (12 if last else 1)
    try:
        return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1))
    except ValueError:
        return None
