"""Texts for signers and staff: how a district was found, or why none could be determined."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from petition.geocoding import Precision
from petition.locating.outcomes import FoundBy, ReviewReason


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """The texts for a reason why a signature is in review.

    - ``short``: two to four words for a list. ``staff``: what is known, and what may help.
      ``signer``: the same for the signer, with what to do about it.
    """

    short: str
    staff: str
    signer: str | LazyString


REASONS: Mapping[str, ReasonWords] = {
    ReviewReason.NEEDS_ADDRESS: ReasonWords(
        "no street given",
        "The signer gave a ZIP code without a street, and the ZIP code covers several districts. "
        "Their private page asks for the street.",
        lazy_gettext(
            "Your ZIP code covers several districts. Your street address shows which one is yours."
        ),
    ),
    ReviewReason.SEVERAL_COUNTIES: ReasonWords(
        "county not known",
        "The signer's ZIP code is in several counties, or is used only for post office boxes. "
        "Their private page asks which county they live in.",
        lazy_gettext("Your ZIP code alone does not show which county you live in."),
    ),
    ReviewReason.SEVERAL_TOWNS: ReasonWords(
        "town not known",
        "The signer's ZIP code is in several towns, or is used only for post office boxes. Their "
        "private page asks which town they live in.",
        lazy_gettext("Your ZIP code alone does not show which town you live in."),
    ),
    ReviewReason.ADDRESS_NOT_FOUND: ReasonWords(
        "address not found",
        "No geocoder found this address. Check the house number and the street for a typing error.",
        lazy_gettext(
            "We could not find your address. Check the house number, the street and the ZIP "
            "code, and leave out the apartment number."
        ),
    ),
    ReviewReason.AMBIGUOUS_ADDRESS: ReasonWords(
        "several places match",
        "Several places match this address, and they are in different districts.",
        lazy_gettext(
            "Several places match your address. Write the street in full, with its direction and "
            "its ending, such as North Main Street."
        ),
    ),
    ReviewReason.OTHER_POSTAL_CODE: ReasonWords(
        "another ZIP code",
        "The address was found, but with a different ZIP code than the signer gave.",
        lazy_gettext(
            "We found your street with a different ZIP code than the one you gave. Check both."
        ),
    ),
    ReviewReason.OUTSIDE_STATE: ReasonWords(
        "in another state",
        "The place that was found is not in the state that the signer gave.",
        lazy_gettext(
            "The address we found is not in the state you gave. Check the town, the state and the "
            "ZIP code."
        ),
    ),
    ReviewReason.MILITARY_ADDRESS: ReasonWords(
        "military address",
        "It is a military or diplomatic address abroad (APO, FPO, DPO), which is in no district. "
        "Only the signer can say where they are registered to vote.",
        lazy_gettext(
            "You gave a military ZIP code, which is not in any district. Enter the address where "
            "you are registered to vote."
        ),
    ),
    ReviewReason.NO_DISTRICT: ReasonWords(
        "in no district",
        "The place is in none of the districts in force. A boundary set may be missing or have a "
        "gap: `petition districts check` finds both.",
        lazy_gettext(
            "The address we found is not in any district that this letter counts. If you live "
            "elsewhere, correct your address."
        ),
    ),
    ReviewReason.MOVED_AFTER_LETTER: ReasonWords(
        "moved after a letter",
        "A letter already sent from another district names someone with this mailbox. So that "
        "the same people do not make a hundred in one district after another, this signature "
        "waits 90 days and is then counted automatically. Let it count sooner if you know that "
        "the signer has moved.",
        lazy_gettext(
            "A letter already sent from another district names you. Each letter is signed by "
            "residents of its own district, so we count you in the new one only after 90 days, "
            "or once one of us has checked."
        ),
    ),
    ReviewReason.MOVED_TWICE: ReasonWords(
        "moved twice",
        "This mailbox was counted in two other districts within 90 days. It waits 90 days and is "
        "then counted automatically. Let it count sooner if you know that the signer has moved.",
        lazy_gettext(
            "You have already moved once in the last 90 days. We count you in the new district "
            "only after 90 days, or once one of us has checked."
        ),
    ),
    ReviewReason.MAILBOX_ELSEWHERE: ReasonWords(
        "mailbox counted elsewhere",
        "Two people share this mailbox, and the other one is counted in another district. It "
        "waits 90 days and is then counted automatically. Let it count sooner if you know both "
        "people.",
        lazy_gettext(
            "Someone else who signed with your e-mail address is counted in another district. We "
            "count you in yours after 90 days, or once one of us has checked."
        ),
    ),
    ReviewReason.UNREADABLE: ReasonWords(
        "cannot be read",
        "The stored data of this signer cannot be opened: it is damaged, or was copied from "
        "another row. Restore the row from a backup and look it up again, or erase it.",
        lazy_gettext(
            "We can no longer read your answers. This is our fault, and we are looking for them "
            "in our backups. You can also erase this signature and sign again."
        ),
    ),
}
OTHER = ReasonWords(
    "no reason recorded",
    "The reason was not recorded. Look the address up again.",
    lazy_gettext("Your address does not show for certain where you live."),
)
FOUND = {
    FoundBy.POSTAL_COUNTY: lazy_gettext("based on your ZIP code"),
    FoundBy.POSTAL_AREA: lazy_gettext("based on your ZIP code"),
    FoundBy.AT_LARGE: lazy_gettext("your state has one district"),
    FoundBy.SIGNER: lazy_gettext("as you told us"),
    FoundBy.STAFF: lazy_gettext("decided by our staff"),
}
# For districts found by a point: its precision is that of the geocoded address.
POINTS = {
    Precision.POSTAL: lazy_gettext("based on your ZIP code"),
    Precision.LOCALITY: lazy_gettext("based on your town"),
}


def explain_review(reason: str) -> ReasonWords:
    """Return the texts for a reason, OTHER for an unknown one."""
    return REASONS.get(reason, OTHER)


def tell_found(found_by: str, precision: str | None) -> str:
    """Return how a signer's district was found; ``precision`` is of their location."""
    point = POINTS.get(Precision(precision)) if precision else None
    return str(FOUND.get(FoundBy(found_by)) or point or gettext("based on your address"))
