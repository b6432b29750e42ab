"""Parse the values that an operator types, by the rules for the cells of a roster."""

from petition.core.errors import UserError
from petition.models import CorrectionField
from petition.officials.post_problems import PostProblem
from petition.officials.rosters.mailing_address import clean_email, is_email, split_address, tidy
from petition.validation.printable import has_letter, make_printable

LONGEST_NAME = 150


def read_value(field: CorrectionField, text: str) -> str:
    """Return a text as the value of a correction; raises UserError where it is not valid."""
    if field == CorrectionField.EMAIL:
        email = clean_email(text)
        if not is_email(email):
            raise UserError(PostProblem.EMAIL_REFUSED, text=text[:80])
        return email
    if field == CorrectionField.OFFICE:
        lines = split_address(text)
        if not lines:
            raise UserError(PostProblem.OFFICE_REFUSED, text=text[:80])
        return "\n".join(lines)
    name = tidy(text)
    if len(name) > LONGEST_NAME or not has_letter(make_printable(name)):
        raise UserError(PostProblem.NAME_REFUSED, text=text[:80])
    return name
