"""Why a letter is not shown, or its text not taken, by code."""

from petition.core.errors import ProblemCode


class LetterProblem(ProblemCode):
    """What is wrong with a code that was asked for, or with the place of a merge field."""

    CODE_UNKNOWN = "letter-code-unknown"
    MERGE_FIELD_UNREAD = "merge-field-unread"
