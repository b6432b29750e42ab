"""Why a district, or a hundred of people, is not shown or decided on, by code."""

from petition.core.errors import ProblemCode


class CountingProblem(ProblemCode):
    """What is wrong with what was asked of a district's count."""

    DISTRICT_NOT_FOUND = "district-not-found"
