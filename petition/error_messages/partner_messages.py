"""Messages for members of organizations, in English as their portal is."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.partners.relay.relay_problems import RelayProblem

PARTNER_MESSAGES: Mapping[ProblemCode, str] = {
    RelayProblem.SUBJECT_MISSING: "Write a subject.",
    RelayProblem.SUBJECT_LONG: "The subject has more than %(most)s characters. Shorten it.",
    RelayProblem.BODY_MISSING: "Write the message.",
    RelayProblem.BODY_LONG: "The message has more than %(most)s characters. Shorten it.",
    RelayProblem.CAMPAIGN_UNKNOWN: "Choose a campaign from the list, or all of them.",
    RelayProblem.SINCE_UNREADABLE: "Write the day as YYYY-MM-DD, such as 2026-09-30.",
    RelayProblem.NOT_FOUND: "Your group has no such message.",
    RelayProblem.NOT_IN_STATE: (
        "That is not possible any more: the message has changed. Look at what it is now."
    ),
    RelayProblem.NOBODY: "Nobody would get this message now, so it was not sent.",
    RelayProblem.TOO_MANY_TODAY: (
        "Your group has begun %(most)s messages within a day. Send this one tomorrow."
    ),
    RelayProblem.TOO_MANY_TESTS: "You have sent %(most)s tests within a day. Try again tomorrow.",
}
