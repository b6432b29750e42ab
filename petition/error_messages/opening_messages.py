"""What is said about opening and previewing a campaign, in English."""

from collections.abc import Mapping

from petition.core.errors import ProblemCode
from petition.openings.opening_problems import OpeningProblem

OPENING_MESSAGES: Mapping[ProblemCode, str] = {
    OpeningProblem.NOT_READY: (
        "The checklist has problems. Correct them, or check the box and write why it should open "
        "despite them."
    ),
    OpeningProblem.WHY_MISSING: (
        "Write why it should open despite the problems, in a sentence without names."
    ),
    OpeningProblem.WHY_LONG: "Shorten this to %(most)s characters.",
    OpeningProblem.TOO_OFTEN: (
        "You have drawn many letters in a short time. Wait %(seconds)s seconds, then try again."
    ),
    OpeningProblem.NOT_DRAWN: (
        "The letter could not be laid out in a few seconds. Check for a merge field that does not "
        "exist, a damaged logo or a very long text."
    ),
    OpeningProblem.NO_DISTRICT: (
        "No district of the campaign's layers is in force. Import boundaries first."
    ),
    OpeningProblem.DISTRICT_UNKNOWN: (
        "No district of the campaign's layers has this name. Write it with its state, as in "
        "“Essex County, MA”, or its division id."
    ),
    OpeningProblem.SEVERAL_DISTRICTS: (
        "Several districts have this name. Choose one by its id, and its layer: %(found)s."
    ),
    OpeningProblem.LAYER_UNKNOWN: "Choose a layer of this campaign.",
    OpeningProblem.POST_UNKNOWN: (
        "This post does not get the campaign's letters in this district. Choose another."
    ),
    OpeningProblem.NAMES_WRONG: "Enter a whole number from 1 to %(most)s.",
    OpeningProblem.SHOW_UNKNOWN: "Choose what to show.",
    OpeningProblem.REAL_REFUSED: (
        "Your role cannot open letters with real names. Choose invented names."
    ),
    OpeningProblem.NOBODY_WAITS: (
        "No signature waits for the next letter in this district, so it has no real names yet."
    ),
    OpeningProblem.BUSY: "Another letter is being drawn. Try again in a few seconds.",
}
