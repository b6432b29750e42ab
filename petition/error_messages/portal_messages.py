"""Messages for members of organizations in their portal, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.relay.relay_problems import RelayProblem

PORTAL_MESSAGES: Mapping[ProblemCode, str] = {
    ExportProblem.NOT_FOUND: "There is no such list.",
    ExportProblem.PURPOSE_UNKNOWN: "Choose which people you want.",
    ExportProblem.FORMAT_UNKNOWN: "Choose a kind of file.",
    ExportProblem.CAMPAIGN_UNKNOWN: "There is no such campaign. Choose one of the list.",
    ExportProblem.SINCE_INVALID: "Write the day as year, month and day, such as 2026-03-31.",
    ExportProblem.TOO_MANY: (
        "Your organization has {most} lists that nobody has downloaded. Download one of them, or "
        "wait until it expires."
    ),
    ExportProblem.NOT_READY: "The list is still being prepared.",
    ExportProblem.OF_ANOTHER: (
        "Only the person who asked for this list can download it. You can ask for one yourself."
    ),
    ExportProblem.EXPIRED: "This list has expired. Ask for another.",
    ExportProblem.SPENT: "This list was downloaded already. Ask for another.",
    ExportProblem.UNDER_WAY: (
        "A download of this list is under way. If it does not arrive, try again in two minutes."
    ),
    ExportProblem.LOCKED: (
        "Lists are locked until you remove the people who withdrew, and confirm it."
    ),
    ExportProblem.NUMBER_UNKNOWN: "There is no such change in your organization's list.",
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
