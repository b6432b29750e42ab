"""Codes of problems with a slug that an operator typed."""

from petition.core.errors import ProblemCode


class SlugProblem(ProblemCode):
    """No row has this slug; ``slug`` is the text that was typed."""

    CAMPAIGN_UNKNOWN = "campaign-unknown"
    ORGANIZATION_UNKNOWN = "organization-unknown"
