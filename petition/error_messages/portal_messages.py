"""Messages for members of organizations in their portal, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.partners.exports.export_problems import ExportProblem

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
}
