"""Why an uploaded roster is refused, by code."""

from petition.core.errors import ProblemCode


class RosterProblem(ProblemCode):
    """What is wrong; ``most`` in megabytes, or a number of files."""

    NOT_FOUND = "roster-not-found"
    FILE_MISSING = "roster-file-missing"
    FILE_EMPTY = "roster-file-empty"
    FILE_LARGE = "roster-file-large"
    ARCHIVE_BROKEN = "roster-archive-broken"
    ARCHIVE_LARGE = "roster-archive-large"
    ARCHIVE_MANY = "roster-archive-many"
    ARCHIVE_EMPTY = "roster-archive-empty"
    CHANGED = "roster-changed"
    IMPORTED = "roster-imported"
    DAMAGED = "roster-damaged"
    NO_ROWS = "roster-no-rows"
    DIVISION_MISSING = "roster-division-missing"
