"""What of a message to people is refused, by code."""

from petition.core.errors import ProblemCode


class RelayProblem(ProblemCode):
    """Why a message is not kept, or not sent; ``most``: the limit, where it is one."""

    SUBJECT_MISSING = "relay-subject-missing"
    SUBJECT_LONG = "relay-subject-long"
    BODY_MISSING = "relay-body-missing"
    BODY_LONG = "relay-body-long"
    CAMPAIGN_UNKNOWN = "relay-campaign-unknown"
    SINCE_UNREADABLE = "relay-since-unreadable"
    ANSWERS_UNKNOWN = "relay-answers-unknown"
    NOT_FOUND = "relay-not-found"
    NOT_IN_STATE = "relay-not-in-state"
    NOBODY = "relay-nobody"
    TOO_MANY_TODAY = "relay-too-many-today"
    TOO_MANY_TESTS = "relay-too-many-tests"
