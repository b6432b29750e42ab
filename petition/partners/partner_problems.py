"""What of a partner organization is not there, by code."""

from petition.core.errors import ProblemCode


class PartnerProblem(ProblemCode):
    """There is no such thing of this organization."""

    NO_LOGO = "organization-no-logo"
