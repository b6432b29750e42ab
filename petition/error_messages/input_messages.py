"""Messages about a form as a whole."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import InputProblem, ProblemCode

INPUT_MESSAGES: Mapping[ProblemCode, LazyString] = {
    InputProblem.SOME_ANSWERS: lazy_gettext("Some answers need your attention."),
}
