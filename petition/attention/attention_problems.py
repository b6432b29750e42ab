"""Why an act on a cause is refused, by code."""

from petition.core.errors import ProblemCode


class AttentionProblem(ProblemCode):
    """What is wrong with an act; with ``most`` (a limit) where there is one."""

    NOT_FOUND = "cause-not-found"
    ENDED = "cause-ended"
    CHANGED = "cause-changed"
    NOBODY = "cause-assignee-refused"
    HOURS_MISSING = "cause-hours-missing"
    NOTE_MISSING = "cause-note-missing"
    WHY_MISSING = "cause-why-missing"
    WORDS_LONG = "cause-words-long"
    NOT_STOPPED = "lane-not-stopped"
