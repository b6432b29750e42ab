"""Texts that organizations write about themselves: names in one line, and longer ones."""

from petition.core.errors import Problem
from petition.partners.partner_problems import PartnerProblem
from petition.validation.names import NameRefused, read_group_name
from petition.validation.printable import is_unprintable, make_printable

Problems = dict[str, Problem]


def read_title(typed: str, field: str, problems: Problems, missing: PartnerProblem) -> str:
    """Return a name as printed; empty with a problem of ``field`` where it is none."""
    if not typed.strip():
        problems[field] = Problem(missing)
        return ""
    try:
        return read_group_name(typed)
    except NameRefused:
        problems[field] = Problem(PartnerProblem.NAME_REFUSED)
        return ""


def read_lines(typed: str, field: str, most: int, problems: Problems) -> str:
    """Return a text of several lines as shown, each without extra blanks; it is never HTML."""
    if len(typed) > most:
        problems[field] = Problem(PartnerProblem.TOO_LONG, {"most": most})
        return ""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(map(is_unprintable, "".join(lines))):
        problems[field] = Problem(PartnerProblem.TEXT_REFUSED)
        return ""
    return "\n".join(make_printable(line) for line in lines).strip()


def read_line(typed: str, field: str, most: int, problems: Problems) -> str:
    """Return a text of one line as shown."""
    return read_lines(" ".join(typed.split()), field, most, problems)
