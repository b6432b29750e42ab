"""Messages for people who change, confirm or look for a signature."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.signers.signer_problems import SignerProblem

SIGNER_MESSAGES: Mapping[ProblemCode, LazyString] = {
    SignerProblem.SIGNATURE_GONE: lazy_gettext("This signature no longer exists."),
    SignerProblem.SIGNATURE_ENDED: lazy_gettext(
        "This signature no longer exists. You can sign again."
    ),
    SignerProblem.SIGNATURE_UNKNOWN: lazy_gettext("This link is not valid."),
    SignerProblem.QUESTION_ANSWERED: lazy_gettext(
        "You already answered this, and your answer was saved. To change it, use your private page."
    ),
    SignerProblem.ANSWERS_CLOSED: lazy_gettext(
        "Your signature has changed since this page was opened, so nothing was saved here. Use the "
        "private link that we e-mail you."
    ),
    SignerProblem.LETTER_GONE: lazy_gettext(
        "A letter with your name was already sent and cannot be changed."
    ),
    SignerProblem.NAME_CHANGED_OFTEN: lazy_gettext(
        "You have already changed your name three times, which is the limit."
    ),
    SignerProblem.CONSENT_NOT_OFFERED: lazy_gettext("This choice is no longer offered."),
    SignerProblem.LINK_NOT_MAILABLE: lazy_gettext(
        "We cannot e-mail you a new link, so this one still works."
    ),
    SignerProblem.EMAIL_OF_SIGNATURE_MISSING: lazy_gettext(
        "Enter the e-mail address that you signed with."
    ),
}
