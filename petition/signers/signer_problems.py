"""The codes of refusals of what a signer does after signing."""

from petition.core.errors import ProblemCode


class SignerProblem(ProblemCode):
    """Why a signature is not shown, changed or found.

    - ``SIGNATURE_ENDED`` is for a confirmation: its signer may sign again.
    """

    SIGNATURE_GONE = "signature-gone"
    SIGNATURE_ENDED = "signature-ended"
    SIGNATURE_UNKNOWN = "signature-unknown"
    QUESTION_ANSWERED = "question-answered"
    ANSWERS_CLOSED = "answers-closed"
    LETTER_GONE = "letter-gone"
    NAME_CHANGED_OFTEN = "name-changed-often"
    CONSENT_NOT_OFFERED = "consent-not-offered"
    LINK_NOT_MAILABLE = "link-not-mailable"
    EMAIL_OF_SIGNATURE_MISSING = "email-of-signature-missing"


class LookupProblem(ProblemCode):
    """Why an operator finds no signature; parameters: ``slug`` (campaign) or ``signature_id``."""

    EMAIL_REFUSED = "lookup-email-refused"
    NOBODY_SIGNED = "lookup-nobody-signed"
    NUMBER_UNKNOWN = "signature-number-unknown"
