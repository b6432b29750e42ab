"""Messages for members of organizations in their portal, in English."""

from collections.abc import Mapping

from petition.bulk.uploads.upload_problems import UploadProblem
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
        "Your organization has %(most)s lists that no one has downloaded. Download one of them, or "
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
    RelayProblem.ANSWERS_UNKNOWN: "Choose where answers go.",
    RelayProblem.NOT_FOUND: "Your group has no such message.",
    RelayProblem.NOT_IN_STATE: (
        "That is not possible any more: the message has changed. Look at what it is now."
    ),
    RelayProblem.NOBODY: "No one would get this message now, so it was not sent.",
    RelayProblem.TOO_MANY_TODAY: (
        "Your group has begun %(most)s messages within a day. Send this one tomorrow."
    ),
    RelayProblem.TOO_MANY_TESTS: "You have sent %(most)s tests within a day. Try again tomorrow.",
    UploadProblem.NOT_FOUND: "Your organization has no such list.",
    UploadProblem.CAMPAIGN_UNKNOWN: "Choose a campaign from the list.",
    UploadProblem.FILE_MISSING: "Choose the file with your list.",
    UploadProblem.FILE_EMPTY: "This file is empty.",
    UploadProblem.FILE_LARGE: (
        "This file has more than %(most)s MB. Split it, and upload each part as a list."
    ),
    UploadProblem.FILE_PACKED: (
        "This is not a CSV file. In your spreadsheet, save the sheet as “CSV UTF-8” and upload "
        "that file."
    ),
    UploadProblem.HEADINGS_MISSING: (
        "The first line of the file must name its columns, such as First name, Last name, Email, "
        "ZIP. At most %(most)s columns."
    ),
    UploadProblem.COLUMN_UNKNOWN: "Choose a column of the file, or none.",
    UploadProblem.COLUMN_TWICE: "Another field is read from this column already.",
    UploadProblem.NAME_MISSING: "Choose the column that has the names.",
    UploadProblem.FIELD_MISSING: "Choose the column that has it: every signature needs one.",
    UploadProblem.SOURCE_MISSING: "Write where the list comes from.",
    UploadProblem.AGREED_MISSING: "Write when and how the people on the list agreed.",
    UploadProblem.PROMISE_MISSING: "Confirm that everyone on the list agreed to sign.",
    UploadProblem.PROOF_TYPE: "The proof must be a PDF, a JPEG or a PNG picture.",
    UploadProblem.PROOF_LARGE: "The proof has more than %(most)s MB. Use a smaller file.",
    UploadProblem.SAME_FILE: (
        "Your organization has imported this very file for this campaign already."
    ),
    UploadProblem.TOO_MANY: (
        "Your organization has uploaded %(most)s lists within a day. Upload this one tomorrow."
    ),
    UploadProblem.UNDO_OVER: (
        "This import can no longer be taken back here. Ask the staff of the service."
    ),
}
