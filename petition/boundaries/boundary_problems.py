"""What is wrong with a boundary set that an operator named, by code."""

from petition.core.errors import ProblemCode


class BoundaryProblem(ProblemCode):
    """There is none with that ``set_id``."""

    SET_NOT_FOUND = "boundary-set-not-found"
