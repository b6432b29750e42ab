"""Messages about a district or a letter that does not exist."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.counting.counting_problems import CountingProblem
from petition.letters.letter_problems import LetterProblem

DISTRICT_MESSAGES: Mapping[ProblemCode, LazyString] = {
    CountingProblem.DISTRICT_NOT_FOUND: lazy_gettext("There is no such district."),
    LetterProblem.CODE_UNKNOWN: lazy_gettext("There is no letter with this code."),
}
