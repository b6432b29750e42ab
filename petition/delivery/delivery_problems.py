"""Why a delivery is not shown or decided on, by code."""

from petition.core.errors import ProblemCode


class DeliveryProblem(ProblemCode):
    """What is wrong with a decision; with the ``state`` that forbids it."""

    NOT_FOUND = "delivery-not-found"
    NO_LETTER = "delivery-no-letter"
    OUTCOME_UNKNOWN = "delivery-outcome-unknown"
    NOT_RETRIED = "delivery-not-retried"
    NOT_HELD_BACK = "delivery-not-held-back"
    NOT_RELEASED = "delivery-not-released"
    NOT_ENDED = "delivery-not-ended"
    MAY_HAVE_ARRIVED = "delivery-may-have-arrived"
    PEOPLE_ERASED = "delivery-people-erased"
    NAMES_ANOTHER = "delivery-names-another"
    NO_EMAIL = "delivery-no-email"
    CHANNEL_MISSING = "delivery-channel-missing"
    NONE_TICKED = "deliveries-none-ticked"
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
