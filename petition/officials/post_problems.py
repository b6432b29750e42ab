"""Why a post is not found or not corrected, by code."""

from petition.core.errors import ProblemCode


class PostProblem(ProblemCode):
    """What is wrong; with what was typed as ``text``, or the ``post`` by its title."""

    NOT_FOUND = "post-not-found"
    NUMBER_UNKNOWN = "post-number-unknown"
    SEVERAL = "post-several"
    SEVERAL_MORE = "post-several-more"
    IS_PAST = "correction-is-past"
    NO_HOLDER = "post-no-holder"
    IS_BODY = "post-is-body"
    EMAIL_REFUSED = "correction-email-refused"
    OFFICE_REFUSED = "correction-office-refused"
    NAME_REFUSED = "correction-name-refused"
    CHANGED = "correction-changed"
    VALUE_CHANGED = "correction-value-changed"
    DAY_UNREAD = "correction-day-unread"
    CORRECTION_NOT_FOUND = "correction-not-found"
