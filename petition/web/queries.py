"""Removes personal data from a query before it is repeated in a link or a redirect.

Forms send personal data by POST. A request may contain it in a GET query all the same, as URLs of
earlier versions do; it is not repeated in any URL of ours.
"""

import re
from urllib.parse import unquote_plus

# The form fields that contain personal data.
PERSONAL = frozenset(
    "given_name family_name email street_address locality region postal_code comment".split()
)
_ZIP = re.compile(r"\s*\d{5}(?:\D?\d{4})?\s*")


def tells_of_somebody(name: str, value: str) -> bool:
    """Return whether a query field is a form field for personal data, or its value a ZIP code."""
    return name.strip().lower() in PERSONAL or _ZIP.fullmatch(value) is not None


def clean_query(query: str) -> str:
    """Return a query without the fields with personal data; the others unchanged."""
    return "&".join(field for field in query.split("&") if not _tells(field))


def _tells(field: str) -> bool:
    name, _, value = map(unquote_plus, field.partition("="))
    return tells_of_somebody(name, value)
