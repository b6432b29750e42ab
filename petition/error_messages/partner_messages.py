"""Messages about partner organizations: on public pages, in the portal and for staff."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode
from petition.partners.partner_problems import PartnerProblem

PARTNER_MESSAGES: Mapping[ProblemCode, str | LazyString] = {
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
    PartnerProblem.NO_APPLICATION: "There is no such application, or its address is not proved.",
    PartnerProblem.APPLICATION_DECIDED: "Someone else has already decided on this.",
    PartnerProblem.NO_CHANGE: "There is no such change, or someone has decided on it.",
    PartnerProblem.STATE_OTHERWISE: "The organization is in another state by now.",
    PartnerProblem.WHY_MISSING: "Write why, in a sentence without names.",
    PartnerProblem.VOUCH_MISSING: (
        "The address is not at the domain of the web page. Write how you know that the applicant "
        "may speak for the organization."
    ),
    PartnerProblem.SLUG_TAKEN: "Another organization has the short name %(slug)s; choose another.",
    PartnerProblem.SLUG_REFUSED: (
        "%(slug)s cannot be a short name. Use lowercase letters, digits and single hyphens, and "
        "no word that the pages use themselves."
    ),
    PartnerProblem.REACH_REFUSED: "Enter a whole number of kilometers from 1 to 500, or nothing.",
    PartnerProblem.LOGO_REFUSED: (
        "Use a PNG, JPEG or WebP picture of at most 100 kB, without the place where it was taken."
    ),
    PartnerProblem.DIVISION_REFUSED: (
        "Write one division id in each line, such as ocd-division/country:us/state:ma; at most 200."
    ),
    PartnerProblem.LAST_OWNER: (
        "An organization keeps at least one owner. Make another member an owner first."
    ),
    PartnerProblem.NO_MEMBER: "This account is not a member of the organization.",
    PartnerProblem.OWN_ROLE: "Another owner has to change your role.",
}
