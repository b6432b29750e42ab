"""Messages about the answers in a form."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.signing.form_problems import FormProblem

FORM_MESSAGES: Mapping[ProblemCode, LazyString] = {
    FormProblem.EMAIL_MISSING: lazy_gettext("Enter your e-mail address."),
    FormProblem.EMAIL_MALFORMED: lazy_gettext("Enter an e-mail address like name@example.org."),
    FormProblem.EMAIL_MISTYPED: lazy_gettext(
        "Did you mean %(meant)s? You typed %(typed)s. Correct it, or check the box under the "
        "address if it is right."
    ),
    FormProblem.EMAIL_DISPOSABLE: lazy_gettext(
        "Addresses at %(domain)s are temporary. Enter one that you keep; an address that forwards "
        "to you is fine."
    ),
    FormProblem.POSTAL_CODE_MISSING: lazy_gettext(
        "Enter your ZIP code, so that the letter reaches your own lawmakers."
    ),
    FormProblem.POSTAL_CODE_OF_TOWN_MISSING: lazy_gettext(
        "Enter the ZIP code of that town and state too."
    ),
    FormProblem.POSTAL_CODE_MALFORMED: lazy_gettext(
        "Enter a five-digit ZIP code. We send the letter to lawmakers in the United States."
    ),
    FormProblem.POSTAL_CODE_UNKNOWN: lazy_gettext(
        "There is no such ZIP code; check the five digits."
    ),
    FormProblem.STREET_MISSING: lazy_gettext("Enter your house number and street."),
    FormProblem.OTHER_STATE: lazy_gettext(
        "ZIP code %(code)s is in %(state)s; correct the state or the ZIP code."
    ),
    FormProblem.LOCALITY_NO_NAME: lazy_gettext(
        "Enter the name of your city or town, without a web or e-mail address."
    ),
    FormProblem.GIVEN_NAME_EMPTY: lazy_gettext("Enter your first name."),
    FormProblem.GIVEN_NAME_NO_LETTER: lazy_gettext("Enter your first name in letters."),
    FormProblem.GIVEN_NAME_NUMBER: lazy_gettext(
        "Enter your first name in letters; a number may only be part of a word, as in 3rd."
    ),
    FormProblem.GIVEN_NAME_ADDRESS: lazy_gettext(
        "Enter your first name in letters, without a web or e-mail address."
    ),
    FormProblem.FAMILY_NAME_NO_LETTER: lazy_gettext(
        "Enter your last name in letters, or leave it empty if you have one name."
    ),
    FormProblem.FAMILY_NAME_NUMBER: lazy_gettext(
        "Enter your last name in letters; a number may only be part of a word, as in 3rd."
    ),
    FormProblem.FAMILY_NAME_ADDRESS: lazy_gettext(
        "Enter your last name in letters, without a web or e-mail address."
    ),
    FormProblem.NAME_LONG: lazy_gettext(
        "Shorten your name to %(most)s characters, first and last together; it has %(count)s."
    ),
    FormProblem.TEXT_LONG: lazy_gettext("Shorten this to %(most)s characters; it has %(count)s."),
    FormProblem.UNPRINTABLE: lazy_gettext("Remove the characters that cannot be printed."),
    FormProblem.TEXT_CHANGED: lazy_gettext(
        "The letter was corrected a moment ago. Read it again, then sign it."
    ),
}
