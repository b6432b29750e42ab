"""Why a campaign is not opened or previewed, by code."""

from petition.core.errors import ProblemCode


class OpeningProblem(ProblemCode):
    """Reasons against an opening or a preview.

    - ``WHY_LONG`` and ``NAMES_WRONG`` have ``most``; ``TOO_OFTEN`` has ``seconds`` to wait;
      ``SEVERAL_DISTRICTS`` has ``found``, their ids.
    """

    NOT_READY = "opening-not-ready"
    WHY_MISSING = "opening-why-missing"
    WHY_LONG = "opening-why-long"
    TOO_OFTEN = "drawing-too-often"
    BUSY = "drawing-busy"
    NOT_DRAWN = "preview-not-drawn"
    NO_DISTRICT = "preview-no-district"
    DISTRICT_UNKNOWN = "preview-district-unknown"
    SEVERAL_DISTRICTS = "preview-several-districts"
    LAYER_UNKNOWN = "preview-layer-unknown"
    POST_UNKNOWN = "preview-post-unknown"
    NAMES_WRONG = "preview-names-wrong"
    SHOW_UNKNOWN = "preview-show-unknown"
    REAL_REFUSED = "preview-real-refused"
    NOBODY_WAITS = "preview-nobody-waits"
