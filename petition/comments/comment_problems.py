"""Why signers' comments are not decided on, by code."""

from petition.core.errors import ProblemCode


class CommentProblem(ProblemCode):
    """What is wrong with a decision; with ``most`` (a limit) or ``signature_id``."""

    VERDICT_MISSING = "comment-verdict-missing"
    NONE_TICKED = "comments-none-ticked"
    TOO_MANY = "comments-too-many"
    WHY_MISSING = "comment-why-missing"
    WHY_LONG = "comment-why-long"
    NOTHING_TO_DECIDE = "comment-nothing-to-decide"
    TAKEN_BACK = "comment-taken-back"
    CHANGED = "comment-changed"
