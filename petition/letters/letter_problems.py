"""Why a letter is not shown, or its text not taken, by code."""

from petition.core.errors import ProblemCode


class LetterProblem(ProblemCode):
    """What is wrong; with the merge field ``found``, those ``allowed``, or the text ``near`` it."""

    CODE_UNKNOWN = "letter-code-unknown"
    MERGE_FIELD_UNKNOWN = "merge-field-unknown"
    MERGE_FIELD_MISPLACED = "merge-field-misplaced"
    MERGE_FIELD_OPEN = "merge-field-open"
    MERGE_FIELD_UNREAD = "merge-field-unread"
