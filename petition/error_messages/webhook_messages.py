"""Messages for partners about their webhooks, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.partners.webhooks.webhook_problems import WebhookProblem

WEBHOOK_MESSAGES: Mapping[ProblemCode, str] = {
    WebhookProblem.URL_MALFORMED: (
        "This is no address that we can call: https://, a host, a path, at most %(most)s"
        " characters, without a password and without #."
    ),
    WebhookProblem.URL_NOT_HTTPS: "The address must begin with https://.",
    WebhookProblem.URL_PORT: "Use port 443 or 8443.",
    WebhookProblem.URL_HOST: "Use a host that everyone on the Internet can reach by its name.",
    WebhookProblem.URL_TAKEN: "You have a webhook with this address already.",
    WebhookProblem.NO_EVENT: "Choose at least one event.",
    WebhookProblem.EVENT_UNKNOWN: "One of these is no event that we send.",
    WebhookProblem.SIGNING_UNKNOWN: "Choose one kind of key.",
    WebhookProblem.MANY: "An organization has at most %(most)s webhooks. Remove one first.",
    WebhookProblem.MANY_TODAY: "You added %(most)s webhooks within a day. Add more tomorrow.",
    WebhookProblem.MANY_TESTS: "There were %(most)s tests within an hour. Wait a little.",
    WebhookProblem.MANY_WAITING: (
        "More than %(most)s events wait for this webhook. Send again once they are through."
    ),
    WebhookProblem.NOT_FOUND: "There is no such webhook.",
    WebhookProblem.NO_DELIVERY: "There is no such event in the log. It keeps 30 days.",
    WebhookProblem.STILL_WAITS: "This event still waits, or is a test: send another one instead.",
    WebhookProblem.OVERLAP_UNKNOWN: "Choose when the old key ends.",
    WebhookProblem.SINCE_INVALID: "Choose a day.",
    WebhookProblem.DISABLED: "This webhook is off. Switch it on first.",
}
