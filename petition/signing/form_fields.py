"""Reads the form's text fields: each as it will be printed, or its problem."""

from collections.abc import Callable, Mapping

from petition.core.errors import Problem
from petition.postal.postal_codes import read_postal_code
from petition.signing.form_problems import FormProblem
from petition.validation.names import (
    NAME_LIMIT,
    SLACK,
    NameProblem,
    NameRefused,
    check_whole_name,
    read_name,
)
from petition.validation.printable import has_letter, is_unprintable, make_printable
from petition.validation.web_addresses import holds_address, spell_plainly

# Limits in characters (code points). NAME_LIMIT applies to both names together as well.
LONGEST = {
    "given_name": NAME_LIMIT,
    "family_name": NAME_LIMIT,
    "email": 254,  # RFC 5321, 4.5.3.1.3
    "street_address": 200,
    "locality": 100,
    "region": 60,
    "postal_code": 10,
    "comment": 1000,
}
NAMES = ("given_name", "family_name")
# Zero-width characters and direction marks that may be copied with an address.
_UNSEEN = dict.fromkeys(
    (
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x180E, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
    )
)
_NAME_PROBLEMS = {
    ("given_name", NameProblem.EMPTY): FormProblem.GIVEN_NAME_EMPTY,
    ("given_name", NameProblem.NO_LETTER): FormProblem.GIVEN_NAME_NO_LETTER,
    ("given_name", NameProblem.NUMBER): FormProblem.GIVEN_NAME_NUMBER,
    ("given_name", NameProblem.ADDRESS): FormProblem.GIVEN_NAME_ADDRESS,
    ("family_name", NameProblem.NO_LETTER): FormProblem.FAMILY_NAME_NO_LETTER,
    ("family_name", NameProblem.NUMBER): FormProblem.FAMILY_NAME_NUMBER,
    ("family_name", NameProblem.ADDRESS): FormProblem.FAMILY_NAME_ADDRESS,
}
_UNPRINTABLE = Problem(FormProblem.UNPRINTABLE)


def read_names(form: Mapping[str, str], problems: dict[str, Problem]) -> dict[str, str]:
    """Return first and last name; a single name may be typed into either field.

    - The problem of each field is added to ``problems``.
    """
    values = dict.fromkeys(NAMES, "")
    for field in NAMES:
        try:
            values[field] = read_name(form.get(field, ""))
        except NameRefused as refused:
            if refused.problem != NameProblem.EMPTY:
                problems[field] = _describe(field, refused)
    if any(field in problems for field in NAMES):
        return values
    if not any(values.values()):
        problems["given_name"] = Problem(FormProblem.GIVEN_NAME_EMPTY)
        return values
    try:
        check_whole_name(values["given_name"], values["family_name"])
    except NameRefused as refused:
        longer = max(NAMES, key=lambda field: len(values[field]))
        problems[longer] = _describe(longer, refused)
    return values


def read_text(name: str, typed: str, problems: dict[str, Problem]) -> str:
    """Return the text of a field as it is printed; empty if it has none or is refused.

    - A comment keeps its lines. From an e-mail address only invisible characters are removed.
    - The problem of the field is added to ``problems``.
    """
    if not typed:
        return ""
    if len(typed) > SLACK * LONGEST[name]:
        problems[name] = _ask_to_shorten(LONGEST[name], len(typed))
        return ""
    if name == "email":
        return typed.translate(_UNSEEN).strip()
    if name == "postal_code":
        # Read from the unchecked text: a longer dash, blanks and invisible characters are accepted.
        code = read_postal_code(typed)
        if code is not None:
            return code
    if not (typed.isascii() and typed.isprintable()) and any(map(is_unprintable, typed)):
        problems[name] = _UNPRINTABLE
        return ""
    text = _READERS.get(name, make_printable)(typed)
    if len(text) > LONGEST[name]:
        problems[name] = _ask_to_shorten(LONGEST[name], len(text))
        return ""
    if name == "locality" and text and not _is_place(text):
        problems[name] = Problem(FormProblem.LOCALITY_NO_NAME)
    return text


def _read_lines(typed: str) -> str:
    return "\n".join(make_printable(line) for line in typed.splitlines()).strip()


_READERS: Mapping[str, Callable[[str], str]] = {"comment": _read_lines}


def _is_place(text: str) -> bool:
    """Return whether a town's name may be printed with a signer's, in a letter and on a page."""
    return has_letter(text) and not holds_address(spell_plainly(text))


def _describe(field: str, refused: NameRefused) -> Problem:
    if refused.problem == NameProblem.UNPRINTABLE:
        return _UNPRINTABLE
    if refused.problem == NameProblem.LONG:
        return Problem(FormProblem.NAME_LONG, {"most": NAME_LIMIT, "count": refused.length})
    return Problem(_NAME_PROBLEMS[field, refused.problem])


def _ask_to_shorten(most: int, count: int) -> Problem:
    return Problem(FormProblem.TEXT_LONG, {"most": most, "count": count})
