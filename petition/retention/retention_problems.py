"""Why a legal hold is refused, by code."""

from petition.core.errors import ProblemCode


class RetentionProblem(ProblemCode):
    """What is wrong with a hold or its release; with ``most`` (a limit) where there is one."""

    WHY_MISSING = "hold-why-missing"
    WHY_LONG = "hold-why-long"
    CAMPAIGN_MISSING = "hold-campaign-missing"
    HELD_ALREADY = "hold-in-force"
    NOT_HELD = "hold-not-in-force"
