"""Why an upload is refused, as codes."""

from petition.core.errors import ProblemCode


class UploadProblem(ProblemCode):
    """What is wrong with an uploaded list, with its columns, or with what is asked of it."""

    NOT_FOUND = "upload-not-found"
    CAMPAIGN_UNKNOWN = "upload-campaign-unknown"
    FILE_MISSING = "upload-file-missing"
    FILE_EMPTY = "upload-file-empty"
    FILE_LARGE = "upload-file-large"  # ``most``, in MB
    FILE_PACKED = "upload-file-packed"
    HEADINGS_MISSING = "upload-headings-missing"  # ``most``: columns
    COLUMN_UNKNOWN = "upload-column-unknown"
    COLUMN_TWICE = "upload-column-twice"
    NAME_MISSING = "upload-name-missing"
    FIELD_MISSING = "upload-field-missing"
    SOURCE_MISSING = "upload-source-missing"
    AGREED_MISSING = "upload-agreed-missing"
    PROMISE_MISSING = "upload-promise-missing"
    PROOF_TYPE = "upload-proof-type"
    PROOF_LARGE = "upload-proof-large"  # ``most``, in MB
    SAME_FILE = "upload-same-file"
    TOO_MANY = "upload-too-many"  # ``most``
    UNDO_OVER = "upload-undo-over"
