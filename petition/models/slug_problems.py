"""What is wrong with a slug that an operator typed, by code."""

from petition.core.errors import ProblemCode


class SlugProblem(ProblemCode):
    """There is no such row; ``slug`` is what was typed."""

    CAMPAIGN_UNKNOWN = "campaign-unknown"
    ORGANIZATION_UNKNOWN = "organization-unknown"
