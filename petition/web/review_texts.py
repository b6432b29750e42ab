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
        "The signer gave a ZIP code without a street, and it reaches into several districts. "
        "Their private page asks them for the street.",
        lazy_gettext(
            "Your ZIP code reaches into several districts. Your street address tells which one is "
            "yours."
        ),
    ),
    ReviewReason.SEVERAL_COUNTIES: ReasonWords(
        "county not told",
        "The signer's ZIP code lies in several counties, or is one of post office boxes. Their "
        "private page asks them which county they live in.",
        lazy_gettext("Your ZIP code alone does not tell which county you live in."),
    ),
    ReviewReason.SEVERAL_TOWNS: ReasonWords(
        "town not told",
        "The signer's ZIP code lies in several towns, or is one of post office boxes. Their "
        "private page asks them which town they live in.",
        lazy_gettext("Your ZIP code alone does not tell which town you live in."),
    ),
    ReviewReason.ADDRESS_NOT_FOUND: ReasonWords(
        "address not found",
        "No geocoder knows this address. Look for a slip in the house number or the street.",
        lazy_gettext(
            "We could not find the address that you gave. Check the house number, the street and "
            "the ZIP code, and leave out the apartment."
        ),
    ),
    ReviewReason.AMBIGUOUS_ADDRESS: ReasonWords(
        "several places fit",
        "Several places answer to this address, and they lie in different districts.",
        lazy_gettext(
            "Several places answer to the address that you gave. Write the street in full, with "
            "its direction and its ending, such as North Main Street."
        ),
    ),
    ReviewReason.OTHER_POSTAL_CODE: ReasonWords(
        "another ZIP code",
        "The address was found, but under another ZIP code than the signer wrote.",
        lazy_gettext(
            "We found your street under another ZIP code than the one that you gave. Check both."
        ),
    ),
    ReviewReason.OUTSIDE_STATE: ReasonWords(
        "in another state",
        "The place that was found is not in the state that the signer wrote.",
        lazy_gettext(
            "The place that we found is not in the state that you gave. Check the town, the state "
            "and the ZIP code."
        ),
    ),
    ReviewReason.MILITARY_ADDRESS: ReasonWords(
        "military address",
        "It is an address of the armed forces abroad (APO, FPO, DPO), which lies in no district. "
        "Only the signer can say where they are registered to vote.",
        lazy_gettext(
            "The ZIP code that you gave is one of the armed forces abroad, which lies in no "
            "district. Give the address at which you are registered to vote."
        ),
    ),
    ReviewReason.NO_DISTRICT: ReasonWords(
        "in no district",
        "The place lies in none of the districts in force. A boundary set may be missing, or have "
        "a gap: petition districts check finds both.",
        lazy_gettext(
            "The place that we found lies in none of the districts that this letter counts by. If "
            "you live elsewhere, correct your address."
        ),
    ),
    ReviewReason.MOVED_AFTER_LETTER: ReasonWords(
        "moved after a letter",
        "A letter that has gone from another district names somebody of this mailbox. So that the "
        "same people do not make a hundred in one district after another, it waits 90 days and is "
        "then counted by itself. Let it count sooner where you know that the signer has moved.",
        lazy_gettext(
            "A letter that has gone from another district names you already. A hundred is always "
            "a hundred people of that district, so you are counted in the new one only after 90 "
            "days, or when one of us has looked at it."
        ),
    ),
    ReviewReason.MOVED_TWICE: ReasonWords(
        "moved twice",
        "This mailbox was counted in two other districts within 90 days. It waits 90 days and is "
        "then counted by itself. Let it count sooner where you know that the signer has moved.",
        lazy_gettext(
            "You have moved before in the last 90 days. You are counted in the new district only "
            "after 90 days, or when one of us has looked at it."
        ),
    ),
    ReviewReason.MAILBOX_ELSEWHERE: ReasonWords(
        "mailbox counted elsewhere",
        "Two people share this mailbox, and the other one is counted in another district. It waits "
        "90 days and is then counted by itself. Let it count sooner where you know both.",
        lazy_gettext(
            "Somebody else who signed from your e-mail address is counted in another district. You "
            "are counted in yours after 90 days, or when one of us has looked at it."
        ),
    ),
    ReviewReason.UNREADABLE: ReasonWords(
        "cannot be read",
        "What is stored of this signer does not open: it was damaged, or put here from another "
        "row. Put the row back from a backup, then look it up again; or erase it.",
        lazy_gettext(
            "What we stored of you cannot be read any more. The fault is ours: we look for it in "
            "our backups. You can also erase this signature and sign again."
        ),
    ),
}
OTHER = ReasonWords(
    "no reason kept",
    "Why it waits was not written down. Look the address up again.",
    lazy_gettext("The address that you gave does not tell for certain where you live."),
)
FOUND = {
    FoundBy.POSTAL_COUNTY: lazy_gettext("by your ZIP code"),
    FoundBy.POSTAL_AREA: lazy_gettext("by your ZIP code"),
    FoundBy.AT_LARGE: lazy_gettext("your state has one district"),
    FoundBy.SIGNER: lazy_gettext("as you told us"),
    FoundBy.STAFF: lazy_gettext("settled by a person"),
}
# For districts found by a point: its precision is that of the geocoded address.
POINTS = {
    Precision.POSTAL: lazy_gettext("by your ZIP code"),
    Precision.LOCALITY: lazy_gettext("by your town"),
}


def explain_review(reason: str) -> ReasonWords:
    """Return the texts for a reason, OTHER for an unknown one."""
    return REASONS.get(reason, OTHER)


def tell_found(found_by: str, precision: str | None) -> str:
    """Return how a signer's district was found; ``precision`` is of their location."""
    point = POINTS.get(Precision(precision)) if precision else None
    return str(FOUND.get(FoundBy(found_by)) or point or gettext("by your address"))
