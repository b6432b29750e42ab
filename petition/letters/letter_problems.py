"""Why a letter is not shown, by code."""

from petition.core.errors import ProblemCode


class LetterProblem(ProblemCode):
    """What is wrong with what was asked of letters."""

    CODE_UNKNOWN = "letter-code-unknown"
