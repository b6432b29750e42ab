"""Why a district is not shown, or a hundred of people not decided on, by code."""

from petition.core.errors import ProblemCode


class CountingProblem(ProblemCode):
    """What is wrong with what was asked; with a milestone's ``state``, or ``only``, an evidence."""

    DISTRICT_NOT_FOUND = "district-not-found"
    MILESTONE_NOT_FOUND = "milestone-not-found"
    MILESTONE_NOT_HELD = "milestone-not-held"
    MILESTONE_CHANGED = "milestone-changed"
    EARLIER_WAITS = "milestone-earlier-waits"
    LETTER_SENT = "milestone-letter-sent"
    NOBODY_MEANT = "milestone-nobody-meant"
    NOBODY_TO_PUT_BACK = "milestone-nobody-to-put-back"
    WHY_MISSING = "milestone-why-missing"
    EVIDENCE_UNKNOWN = "milestone-evidence-unknown"
    LIMIT_WRONG = "brake-limit-wrong"
    MINUTES_WRONG = "brake-minutes-wrong"
    LIMITS_CHANGED = "brake-limits-changed"
    LIMITS_WHY_MISSING = "brake-limits-why-missing"
