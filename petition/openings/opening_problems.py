"""Why a campaign is not opened or previewed, by code."""

from petition.core.errors import ProblemCode


class OpeningProblem(ProblemCode):
    """Reasons against an opening or a preview.

    - ``WHY_LONG`` has ``most``, a number of characters; ``TOO_OFTEN`` has ``seconds`` to wait.
    """

    NOT_READY = "opening-not-ready"
    WHY_MISSING = "opening-why-missing"
    WHY_LONG = "opening-why-long"
    TOO_OFTEN = "drawing-too-often"
    BUSY = "drawing-busy"
