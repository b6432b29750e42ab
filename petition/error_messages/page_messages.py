"""The refusals of pages, without a stage: the codes and their words."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.core.errors import ProblemCode


class PageProblem(ProblemCode):
    """What is wrong with a request.

    - Parameters: ``wait`` (a timedelta) for all that are told to wait, ``domain`` for
      ``DOMAIN_BUSY``, ``districts`` and ``state`` (names) for ``STATE_NOT_MAPPED``.
    """

    CROSS_SITE = "cross-site"
    CAMPAIGN_ADDRESS_UNKNOWN = "campaign-address-unknown"
    NO_ACCENT = "no-accent"
    NO_CONTACT = "no-contact"
    LAYER_NOT_COUNTED = "layer-not-counted"
    NOT_MAPPED = "not-mapped"
    STATE_NOT_MAPPED = "state-not-mapped"
    ZIP_MISSING = "zip-missing"
    ZIP_UNKNOWN = "zip-unknown"
    ZIP_OUTSIDE = "zip-outside"
    ZIP_MILITARY = "zip-military"
    STREET_IS_BOX = "street-is-box"
    HOME_NOT_OFFERED = "home-not-offered"
    PLACE_NOT_OFFERED = "place-not-offered"
    PROOF_MISSING = "proof-missing"
    PROOF_MISSING_BUSY = "proof-missing-busy"
    FILLED_TOO_FAST = "filled-too-fast"
    NETWORK_BUSY = "network-busy"
    DOMAIN_BUSY = "domain-busy"
    LOOK_UPS_BUSY = "look-ups-busy"
    ADDRESS_BUSY = "address-busy"
    ZIP_BUSY = "zip-busy"


PAGE_MESSAGES: Mapping[ProblemCode, LazyString] = {
    PageProblem.CROSS_SITE: lazy_gettext(
        "This form was sent from another website. Open the campaign's own page and sign there."
    ),
    PageProblem.CAMPAIGN_ADDRESS_UNKNOWN: lazy_gettext(
        "There is no such campaign. Check that you copied the whole address."
    ),
    PageProblem.NO_ACCENT: lazy_gettext("This campaign has no color of its own."),
    PageProblem.NO_CONTACT: lazy_gettext("No contact is set."),
    PageProblem.LAYER_NOT_COUNTED: lazy_gettext(
        "This campaign does not count by this kind of district."
    ),
    PageProblem.NOT_MAPPED: lazy_gettext("This campaign has no such map."),
    PageProblem.STATE_NOT_MAPPED: lazy_gettext("We have no map of %(districts)s in %(state)s."),
    PageProblem.ZIP_MISSING: lazy_gettext("Enter a ZIP code."),
    PageProblem.ZIP_UNKNOWN: lazy_gettext("There is no such ZIP code. Check the five digits."),
    PageProblem.ZIP_OUTSIDE: lazy_gettext(
        "This campaign does not cover that ZIP code. If you live elsewhere, enter the ZIP code of "
        "your home."
    ),
    PageProblem.ZIP_MILITARY: lazy_gettext(
        "This is a military ZIP code, which is not in any district. Enter the ZIP code of your "
        "home, or of your last address in the United States."
    ),
    PageProblem.STREET_IS_BOX: lazy_gettext(
        "Enter the street where you live: a P.O. box does not show your district."
    ),
    PageProblem.HOME_NOT_OFFERED: lazy_gettext("Choose one of these, or give your address."),
    PageProblem.PLACE_NOT_OFFERED: lazy_gettext(
        "Choose one of these. They are the places that the ZIP code covers."
    ),
    PageProblem.PROOF_MISSING: lazy_gettext(
        "To keep out robots this campaign asks your browser for a short calculation, but no "
        "result was sent. Turn on JavaScript for this page, then press the button again."
    ),
    PageProblem.PROOF_MISSING_BUSY: lazy_gettext(
        "Many signatures are coming from your network right now. To keep out robots we asked your "
        "browser for a short calculation, but no result was sent. Wait %(wait)s, then press the "
        "button again."
    ),
    PageProblem.FILLED_TOO_FAST: lazy_gettext(
        "The form came back faster than a person can fill it in. Wait %(wait)s, then "
        "press the button again."
    ),
    PageProblem.NETWORK_BUSY: lazy_gettext(
        "Many signatures are coming from your network right now. Wait %(wait)s, then press the "
        "button again."
    ),
    PageProblem.DOMAIN_BUSY: lazy_gettext(
        "Many signatures with addresses at %(domain)s are coming in right now. Wait %(wait)s, then "
        "press the button again."
    ),
    PageProblem.LOOK_UPS_BUSY: lazy_gettext(
        "Many address lookups are coming from your network right now. Wait %(wait)s, then press "
        "the button again."
    ),
    PageProblem.ADDRESS_BUSY: lazy_gettext(
        "You have changed this address many times today. Wait %(wait)s, then press the button "
        "again."
    ),
    PageProblem.ZIP_BUSY: lazy_gettext(
        "Many ZIP codes are being looked up from your network right now. You can sign without "
        "this. To look yours up, wait %(wait)s, then press the button again."
    ),
}
