"""Why a row of a file is not imported, by code."""

from petition.core.errors import ProblemCode


class ImportProblem(ProblemCode):
    """What is wrong with a row; CELLS_WRONG has ``count`` and ``wanted``."""

    QUOTES_WRONG = "import-quotes-wrong"
    CELLS_WRONG = "import-cells-wrong"
    UNREADABLE = "import-unreadable"
    DATE_MALFORMED = "import-date-malformed"
    DATE_AHEAD = "import-date-ahead"
    SIGNED_ALREADY = "import-signed-already"
    TWICE_IN_FILE = "import-twice-in-file"
    WITHDREW = "import-withdrew"
