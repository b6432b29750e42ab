"""What of a request's query our pages say again, in a link or a redirect: nothing about anybody.

Forms send such things by POST. Whoever asks by GET all the same, as the addresses of earlier
versions do, finds them in no address that we make.
"""

import re
from urllib.parse import unquote_plus

# The fields of our forms that tell of a person.
PERSONAL = frozenset(
    "given_name family_name email street_address locality region postal_code comment".split()
)
_ZIP = re.compile(r"\s*\d{5}(?:\D?\d{4})?\s*")


def tells_of_somebody(name: str, value: str) -> bool:
    """Return whether a field of a query is one of a form's about a person, or holds a ZIP code."""
    return name.strip().lower() in PERSONAL or _ZIP.fullmatch(value) is not None


def clean_query(query: str) -> str:
    """Return a query without the fields that tell of somebody; the others as they were spelled."""
    return "&".join(field for field in query.split("&") if not _tells(field))


def _tells(field: str) -> bool:
    name, _, value = map(unquote_plus, field.partition("="))
    return tells_of_somebody(name, value)
