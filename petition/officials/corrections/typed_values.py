"""Parse the values that an operator types, by the rules for the cells of a roster."""

from petition.core.errors import UserError
from petition.models import CorrectionField
from petition.officials.rosters.mailing_address import clean_email, is_email, split_address, tidy
from petition.validation.printable import has_letter, make_printable

LONGEST_NAME = 150


def read_value(field: CorrectionField, text: str) -> str:
    """Return a text as the value of a correction; raises UserError where it is not valid."""
    if field == CorrectionField.EMAIL:
        email = clean_email(text)
        if not is_email(email):
            raise UserError(f"{text[:80]!r} is no e-mail address that a letter could be sent to.")
        return email
    if field == CorrectionField.OFFICE:
        lines = split_address(text)
        if not lines:
            raise UserError(
                f"{text[:80]!r} is no address of an office: its lines, parted by semicolons, with "
                "a street or a box."
            )
        return "\n".join(lines)
    name = tidy(text)
    if len(name) > LONGEST_NAME or not has_letter(make_printable(name)):
        raise UserError(f"{text[:80]!r} is no name that can be printed.")
    return name
