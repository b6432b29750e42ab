"""The codes of refusals of what staff do for a signer, and the reason that each act needs."""

from petition.audit.reasons import read_reason
from petition.core.errors import ProblemCode


class RequestProblem(ProblemCode):
    """Why a search or an act for a signer is refused."""

    WHY_MISSING = "request-why-missing"
    WHY_LONG = "request-why-long"
    NAME_MISSING = "request-name-missing"
    CAMPAIGN_MISSING = "request-campaign-missing"
    NOT_FOUND = "request-signature-not-found"
    NOT_READABLE = "request-not-readable"
    ENDED = "request-signature-ended"
    SEARCHED_OFTEN = "request-searched-often"
    NAME_CHANGED = "request-name-changed"


def read_why(typed: str) -> str:
    """Return the reason as one line for the log; raises InvalidInput."""
    return read_reason(typed, RequestProblem.WHY_MISSING, RequestProblem.WHY_LONG)
