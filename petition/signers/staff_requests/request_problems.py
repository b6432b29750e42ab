"""The codes of refusals of what staff do for a signer, and the reason that each act needs."""

from petition.audit.trail import write_line
from petition.core.errors import InvalidInput, Problem, ProblemCode

LONGEST_WHY = 500  # characters


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
    """Return the reason as one line for the log; raises InvalidInput without one."""
    why = write_line(typed)
    if not why:
        raise InvalidInput({"why": Problem(RequestProblem.WHY_MISSING)})
    if len(why) > LONGEST_WHY:
        raise InvalidInput({"why": Problem(RequestProblem.WHY_LONG, {"most": LONGEST_WHY})})
    return why
