"""Messages about a link that was followed."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.signing.link_tokens import LinkProblem

LINK_MESSAGES: Mapping[ProblemCode, LazyString] = {
    LinkProblem.INVALID: lazy_gettext("This link is not valid. Check that you copied all of it."),
    LinkProblem.EXPIRED: lazy_gettext("This link has expired. Sign again to get a new one."),
    LinkProblem.QUESTION_EXPIRED: lazy_gettext(
        "This page has expired. Your signature is kept; if we e-mailed you its private link, use "
        "it to tell us where you live."
    ),
}
