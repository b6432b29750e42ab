"""Why a webhook is not set up, found or sent, by code."""

from petition.core.errors import ProblemCode


class WebhookProblem(ProblemCode):
    """What is wrong.

    - URL_MALFORMED has ``most``, in characters; MANY, MANY_TODAY, MANY_TESTS and MANY_WAITING
      have ``most``.
    """

    URL_MALFORMED = "webhook-url-malformed"
    URL_NOT_HTTPS = "webhook-url-not-https"
    URL_PORT = "webhook-url-port"
    URL_HOST = "webhook-url-host"
    URL_TAKEN = "webhook-url-taken"
    NO_EVENT = "webhook-event-missing"
    EVENT_UNKNOWN = "webhook-event-unknown"
    SIGNING_UNKNOWN = "webhook-signing-unknown"
    MANY = "webhook-many"
    MANY_TODAY = "webhook-many-today"
    MANY_TESTS = "webhook-many-tests"
    MANY_WAITING = "webhook-many-waiting"
    NOT_FOUND = "webhook-not-found"
    NO_DELIVERY = "webhook-delivery-not-found"
    STILL_WAITS = "webhook-still-waits"
    OVERLAP_UNKNOWN = "webhook-overlap-unknown"
    SINCE_INVALID = "webhook-since-invalid"
    DISABLED = "webhook-disabled"
