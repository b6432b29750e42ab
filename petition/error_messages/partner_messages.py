"""Messages about partner organizations on the public pages; see staff_messages.py for the rest."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.partners.partner_problems import PartnerProblem

PARTNER_MESSAGES: Mapping[ProblemCode, LazyString] = {
    PartnerProblem.NO_LOGO: lazy_gettext("There is no such picture."),
    PartnerProblem.NO_GROUP: lazy_gettext(
        "There is no such group. It may have left; see the list of groups."
    ),
    PartnerProblem.LINK_SPENT: lazy_gettext(
        "This link does not work. It is valid for seven days; send the form again to get a new one."
    ),
    PartnerProblem.NAME_MISSING: lazy_gettext("Enter the name of your group."),
    PartnerProblem.NAME_REFUSED: lazy_gettext(
        "Enter a name with letters, of at most 150 characters."
    ),
    PartnerProblem.CONTACT_MISSING: lazy_gettext("Enter the name of a person we can ask."),
    PartnerProblem.EMAIL_REFUSED: lazy_gettext(
        "Enter an e-mail address in the form name@example.org."
    ),
    PartnerProblem.URL_REFUSED: lazy_gettext(
        "Enter the address of a web page that starts with https:// or http://."
    ),
    PartnerProblem.ZIP_REFUSED: lazy_gettext("Enter a ZIP code of a place in the United States."),
    PartnerProblem.TEXT_MISSING: lazy_gettext("Write a sentence or two."),
    PartnerProblem.TEXT_REFUSED: lazy_gettext("Some characters cannot be shown. Remove them."),
    PartnerProblem.TOO_LONG: lazy_gettext("Use at most %(most)s characters."),
}
