"""Format an office's address as the lines of a window envelope, and check e-mail addresses.

- Sources separate lines with ``;``, or have one line; the place with its ZIP code gets a line of
  its own.
- A text without a street or box ("MA", "Springfield, MA 01104") is not deliverable and no address.
- An e-mail address is valid exactly if petition/mail/headers.py accepts it.
"""

import re

from petition.core.errors import ChannelRefused
from petition.mail.headers import make_address
from petition.validation.mail_domains import encode_domain

# With the holder's name and the title six lines, which is what the window shows.
MOST_LINES = 4
_PLACE = r"[^,;\d]+,? [A-Z]{2},? \d{5}(?:-\d{4})?"
_STREET_AND_PLACE = re.compile(rf"(?P<street>.+), (?P<place>{_PLACE})")
_NO_STREET = re.compile(rf"[A-Z]{{2}}|{_PLACE}|[^,;\d]+, [A-Z]{{2}}")
# RFC 5322, 3.2.3 (dot-atom), and RFC 5321, 4.5.3.1: what every server accepts before the "@".
_LOCAL = re.compile(r"(?=.{1,64}\Z)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
_NAMED = re.compile(r"[^<>@]*<([^<>]+)>")
_LONGEST_EMAIL = 254


def split_address(text: str) -> tuple[str, ...]:
    """Return an address as at most four lines; none where it is not deliverable."""
    lines = [line for part in re.split(r"[;\n]", text) if (line := tidy(part).strip(" ,"))]
    if not lines or _NO_STREET.fullmatch(", ".join(lines)):
        return ()
    last = _STREET_AND_PLACE.fullmatch(lines[-1])
    if last:
        lines[-1:] = [last["street"], last["place"]]
    while len(lines) > MOST_LINES:
        lines[-3:-1] = [", ".join(lines[-3:-1])]
    return tuple(lines)


def is_email(text: str) -> bool:
    """Return whether a text is exactly one e-mail address that a letter can be sent to.

    - The part before the "@" is ASCII, as our relays require; the domain has a dot.
    """
    local, _, domain = text.rpartition("@")
    if len(text) > _LONGEST_EMAIL or not _LOCAL.fullmatch(local) or domain.endswith("."):
        return False
    try:
        encoded = encode_domain(domain)
        make_address("", text)
    except (ChannelRefused, ValueError):
        return False
    return bool(_DOMAIN.fullmatch(encoded)) and len(local) + len(encoded) < _LONGEST_EMAIL


def clean_email(text: str) -> str:
    """Return an e-mail address without surrounding syntax.

    - Removes ``mailto:`` and any query, angle brackets with a name before them, invisible
      characters, and a final full stop, comma or semicolon.
    """
    found = tidy(text)
    named = _NAMED.fullmatch(found.rstrip(" .,;"))
    found = (named[1] if named else found).strip(" <>,;")
    if found[:7].casefold() == "mailto:":
        found = found[7:].partition("?")[0].strip()
    return found.rstrip(" .,;>")


def tidy(text: str) -> str:
    """Return a text as one line without control characters, with single spaces."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
