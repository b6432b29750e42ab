"""Why a signature in review is not shown or settled, by code."""

from petition.core.errors import ProblemCode


class ReviewProblem(ProblemCode):
    """What keeps staff from settling a signature; ``WHY_LONG`` has ``most``, in characters."""

    SIGNATURE_NOT_FOUND = "signature-not-found"
    NOT_IN_REVIEW = "signature-not-in-review"
    JUST_SETTLED = "signature-just-settled"
    NOTHING_TO_READ = "nothing-to-read"
    NOT_READABLE = "signature-not-readable"
    DISTRICT_MISSING = "district-missing"
    IN_NO_DISTRICT = "in-no-district"
    WHY_MISSING = "review-why-missing"
    WHY_LONG = "review-why-long"
