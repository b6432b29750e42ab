"""Read single values of a roster: texts, lists, dates, e-mail addresses, telephone numbers.

- An optional value that is not valid is treated as empty and noted with its place; its seat is
  imported without it. Where its meaning is certain it is corrected, and noted too.
- A required value (a name, an id, a role) that is not valid is refused.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from petition.officials.rosters.mailing_address import clean_email, is_email, tidy
from petition.officials.rosters.roster import Where

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ].*")
# The certain part of an invalid date: its month or its year.
_MONTH = re.compile(r"((?:19|20)\d\d-(?:0[1-9]|1[0-2]))-\d\d")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHOWN = 60
_FEWEST_DIGITS = 7
_LONGEST_PHONE = 60
_LONGEST_PAGE = 500
_PAGE = re.compile(r"https?://[!-~]+", re.IGNORECASE)
# A number of the North American plan with letters for some digits: 1-800-555-VOTE.
_VANITY = re.compile(r"(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?[\dA-Za-z](?:[ .-]?[\dA-Za-z]){6,}")


def read_field(where: Where, mapping: Mapping[str, Any], key: str) -> str:
    """Return a text of a mapping as one line; empty where it is missing."""
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise where.refuse(f"{key!r} is not text", "text", "correct the value")
    return value if key == "address" else tidy(value)


def read_optional(where: Where, mapping: Mapping[str, Any], key: str) -> str:
    """Return an optional text; a value of another type is treated as empty and noted."""
    if not isinstance(mapping.get(key), str | None):
        where.note(f"{key!r} is not text; treated as empty")
        return ""
    return read_field(where, mapping, key)


def read_list(where: Where, mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of mappings; empty where it is missing."""
    value = mapping.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise where.refuse(
            f"{key!r} is not a list of mappings", "a list like OpenStates'", "correct the value"
        )
    return value


def read_offices(where: Where, mapping: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the offices of a person; items that are no mapping are left out and noted."""
    value = mapping.get("offices")
    offices = value if isinstance(value, list) else [] if value is None else [value]
    kept = [office for office in offices if isinstance(office, dict)]
    if len(kept) < len(offices):
        where.note("'offices' is not a list of mappings; entries that are not are left out")
    return kept


def read_date(where: Where, text: str, key: str, *, last: bool = False) -> date | None:
    """Return a date; None for an empty text.

    - OpenStates has years and months too: their first day, or with ``last`` their last.
    - An invalid date is noted and read as its month or year, where it has one, so that a term that
      is over does not run again. Otherwise it is treated as empty.
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
    where.note(f"{key} {text[:_SHOWN]!r} is not a date; treated as {sure or 'empty'}")
    return _read_day(sure, last) if sure else None


def read_email(where: Where, text: str, key: str = "e-mail") -> str | None:
    """Return an e-mail address that can be sent to; None for an empty or invalid text."""
    if not text:
        return None
    mended = clean_email(text)
    if not is_email(mended):
        where.note(f"the {key} {text[:_SHOWN]!r} is not an address; treated as empty")
        return None
    if mended != text:
        where.note(f"the {key} {text[:_SHOWN]!r} read as {mended}")
    return mended


def read_form(text: str) -> str | None:
    """Return the URL of a web form, which rosters may have in place of an e-mail; else None."""
    found = _PAGE.fullmatch(text.strip())
    return found[0] if found and len(found[0]) <= _LONGEST_PAGE else None


def read_phone(where: Where, text: str, key: str) -> str | None:
    """Return a telephone or fax number as written; None for an empty or invalid text."""
    if not text:
        return None
    digits = sum(sign.isdecimal() for sign in text)
    fits = len(text) <= _LONGEST_PHONE and "@" not in text and "://" not in text
    if fits and (digits >= _FEWEST_DIGITS or _VANITY.fullmatch(text)):
        return text
    where.note(f"{key} {text[:_SHOWN]!r} is not a telephone number; treated as empty")
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
