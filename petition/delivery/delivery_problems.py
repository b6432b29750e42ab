"""Why a delivery is not shown or decided on, by code."""

from petition.core.errors import ProblemCode


class DeliveryProblem(ProblemCode):
    """What is wrong with a decision; with the ``state`` that forbids it."""

    NOT_FOUND = "delivery-not-found"
    NO_LETTER = "delivery-no-letter"
    OUTCOME_UNKNOWN = "delivery-outcome-unknown"
    NOT_RETRIED = "delivery-not-retried"
    NOT_CONFIRMED = "delivery-not-confirmed"
    NOT_CANCELLED = "delivery-not-cancelled"
    OUTCOME_KNOWN = "delivery-outcome-known"
    OUTCOME_MISSING = "delivery-outcome-missing"
    WHY_MISSING = "delivery-why-missing"
    CHANGED = "delivery-changed"
    VIEW_UNNAMED = "view-unnamed"
    VIEW_UNKNOWN = "view-unknown"
    TOO_MANY_VIEWS = "too-many-views"
    NOTE_MISSING = "delivery-note-missing"
    EMAIL_CHANGED = "delivery-email-changed"
    SOURCE_MISSING = "delivery-source-missing"
    DAY_WRONG = "delivery-day-wrong"
    NOT_TO_FIX = "delivery-not-to-fix"
