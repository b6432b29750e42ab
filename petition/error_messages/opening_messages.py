"""What is said about opening and previewing a campaign, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.openings.opening_problems import OpeningProblem

OPENING_MESSAGES: Mapping[ProblemCode, str] = {
    OpeningProblem.NOT_READY: (
        "The check-list has problems. Correct them, or say why it should open despite them."
    ),
    OpeningProblem.WHY_MISSING: "Say why it should open despite the problems, without names.",
    OpeningProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    OpeningProblem.TOO_OFTEN: (
        "You have had many letters drawn. Wait %(seconds)s seconds, then try again."
    ),
    OpeningProblem.BUSY: "Another letter is being drawn. Try again in a few seconds.",
}
