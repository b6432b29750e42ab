"""Why a token is not made, found or taken, by code."""

from petition.core.errors import ProblemCode


class TokenProblem(ProblemCode):
    """What is wrong; NAME_LONG has ``most`` characters, LIFE_LONG ``most`` days, MANY ``most``."""

    NAME_MISSING = "token-name-missing"
    NAME_LONG = "token-name-long"
    NO_SCOPE = "token-scope-missing"
    SCOPE_UNKNOWN = "token-scope-unknown"
    LIFE_LONG = "token-life-long"
    MANY = "token-many"
    NOT_FOUND = "token-not-found"
    ENDED = "token-ended"
    REPLACED = "token-replaced"
