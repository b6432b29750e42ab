"""Validate names: one rule and one length limit for the sign form, the letter and the mail.

A name is printed in a letter, mailed and shown on a page, so it must be one: in any script, in its
owner's spelling, and without anything that a mail program turns into a link.
"""

import re
from enum import StrEnum

from petition.core.errors import ImportRefused, PetitionError
from petition.validation.printable import has_letter, is_unprintable, make_printable, split_words
from petition.validation.web_addresses import holds_address, spell_plainly

# Characters of a whole name as printed, first and last with the space between. Passports shorten
# names to 39 (ICAO 9303, TD3); here sixty letters, each with a combining accent, and a second name
# fit. In a letter it takes four lines of a column, in a mail it is never cut.
NAME_LIMIT = 150
# The typed text may be this many times as long, with spaces and marks that are removed. A longer
# one is refused unread.
SLACK = 4

# Nearly all names match and skip the other checks, since signing is a hot path.
_PLAIN = re.compile(r"[A-Za-z]+[0-9]*(?:[ '-][A-Za-z]+[0-9]*)*")


class NameProblem(StrEnum):
    """Why a text is no name."""

    EMPTY = "empty"
    UNPRINTABLE = "unprintable"  # control characters and similar, or an unknown script
    NO_LETTER = "no-letter"  # empty, or only punctuation and digits, when printed
    NUMBER = "number"  # digits that stand alone
    ADDRESS = "address"  # a web or e-mail address
    LONG = "long"


class NameRefused(PetitionError):
    """The typed text is no name; ``length`` is its number of characters."""

    code = "name-refused"

    def __init__(self, problem: NameProblem, length: int) -> None:
        super().__init__(f"no name: {problem}")
        self.problem = problem
        self.length = length


def read_name(typed: str) -> str:
    """Return a person's name, or a part of one, as it is printed, mailed and shown.

    - Invisible characters, emoji and extra spaces are removed without an error.
    - It has a letter of any script; digits only beside letters ("3rd"); it contains no address.
    - Idempotent. Raises NameRefused.
    """
    if len(typed) <= NAME_LIMIT and _PLAIN.fullmatch(typed):
        return typed
    name = _read(typed)
    plain = spell_plainly(name)
    if holds_address(plain):
        raise NameRefused(NameProblem.ADDRESS, len(name))
    if not has_letter(name):
        raise NameRefused(NameProblem.NO_LETTER, len(name))
    if _has_lone_number(plain):
        raise NameRefused(NameProblem.NUMBER, len(name))
    return name


def read_organization_name(typed: str, key: str) -> str:
    """Return an organization's name as printed: with a letter, and any digits and dots.

    - "350.org" is one. Raises ImportRefused, naming the ``key``.
    """
    try:
        return read_group_name(typed)
    except NameRefused as refused:
        if refused.problem == NameProblem.LONG:
            raise ImportRefused(
                f"{key}: it has {refused.length} characters; at most {NAME_LIMIT} are printed"
            ) from refused
        raise ImportRefused(f"{key}: a name that prints, with at least one letter") from refused


def read_group_name(typed: str) -> str:
    """Return the name as ``read_organization_name`` does; raises NameRefused."""
    name = _read(typed)
    if not has_letter(name):
        raise NameRefused(NameProblem.NO_LETTER, len(name))
    return name


def join_names(given: str, family: str) -> str:
    """Return the whole name as printed; a single name may be in either part."""
    return f"{given} {family}".strip()


def check_whole_name(given: str, family: str) -> None:
    """Check that two validated parts make one name; raises NameRefused."""
    name = join_names(given, family)
    if len(name) > NAME_LIMIT:
        raise NameRefused(NameProblem.LONG, len(name))
    if not _PLAIN.fullmatch(name) and holds_address(spell_plainly(name)):
        raise NameRefused(NameProblem.ADDRESS, len(name))


def _read(typed: str) -> str:
    if len(typed) > SLACK * NAME_LIMIT:
        raise NameRefused(NameProblem.LONG, len(typed))
    if not (typed.isascii() and typed.isprintable()) and any(map(is_unprintable, typed)):
        raise NameRefused(NameProblem.UNPRINTABLE, len(typed))
    name = make_printable(typed)
    if not name:
        problem = NameProblem.NO_LETTER if typed.strip() else NameProblem.EMPTY
        raise NameRefused(problem, 0)
    if len(name) > NAME_LIMIT:
        raise NameRefused(NameProblem.LONG, len(name))
    return name


def _has_lone_number(plain: str) -> bool:
    """Return whether digits occur without a letter right beside them."""
    return any(not has_letter(word) for word in split_words(plain))
