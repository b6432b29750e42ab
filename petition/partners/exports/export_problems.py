"""Why an export is refused, as codes."""

from petition.core.errors import ProblemCode


class ExportProblem(ProblemCode):
    """What is wrong with a wish for a list, or with a download."""

    NOT_FOUND = "export-not-found"
    PURPOSE_UNKNOWN = "export-purpose-unknown"
    FORMAT_UNKNOWN = "export-format-unknown"
    CAMPAIGN_UNKNOWN = "export-campaign-unknown"
    SINCE_INVALID = "export-since-invalid"
    TOO_MANY = "export-too-many"
    NOT_READY = "export-not-ready"
    OF_ANOTHER = "export-of-another"
    EXPIRED = "export-expired"
    SPENT = "export-spent"
    UNDER_WAY = "export-under-way"
    LOCKED = "exports-locked"
    NUMBER_UNKNOWN = "change-number-unknown"
