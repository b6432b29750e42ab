"""Codes of the reasons why a letter is not shown, or its text is refused."""

from petition.core.errors import ProblemCode


class LetterProblem(ProblemCode):
    """Problems of a letter code that was requested, or of the place of a merge field."""

    CODE_UNKNOWN = "letter-code-unknown"
    MERGE_FIELD_UNREAD = "merge-field-unread"
