"""An office's address as the lines of a window envelope.

- Sources separate lines with ``;``, or put all of it in one line; the place with its ZIP code is a
  line of its own.
- What has no street or box ("MA", "Springfield, MA 01104") reaches nobody and is no address.
"""

import re

# With the holder's name and the title, six lines: what the window shows.
MOST_LINES = 4
_PLACE = r"[^,;\d]+,? [A-Z]{2},? \d{5}(?:-\d{4})?"
_STREET_AND_PLACE = re.compile(rf"(?P<street>.+), (?P<place>{_PLACE})")
_NO_STREET = re.compile(rf"[A-Z]{{2}}|{_PLACE}|[^,;\d]+, [A-Z]{{2}}")
_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


def split_address(text: str) -> tuple[str, ...]:
    """Return an address as at most four lines; none where it reaches nobody."""
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
    """Return whether this looks like one e-mail address."""
    return len(text) <= 254 and bool(_EMAIL.fullmatch(text))


def tidy(text: str) -> str:
    """Return a text as one line: no control signs, no space but single ones."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
