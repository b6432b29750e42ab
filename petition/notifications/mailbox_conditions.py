"""What the mailbox of a Signature has to do with others of its campaign: conditions for queries."""

from sqlalchemy import ColumnElement, Exists, and_, exists
from sqlalchemy.orm import aliased

from petition.models import Signature
from petition.signing.link_tokens import LIFETIMES, LinkPurpose

# Answers that are not mailed wait as long as those that are, and then expire as they do.
PUT_ASIDE = LIFETIMES[LinkPurpose.CONFIRM]


def is_passed_over() -> Exists:
    """Return whether later answers of the mailbox take the place of a confirmation to be mailed."""
    other = aliased(Signature)
    return exists().where(_share(other), other.ended_at.is_(None), other.id > Signature.id)


def has_standing() -> Exists:
    """Return whether the mailbox has a signature already."""
    other = aliased(Signature)
    return exists().where(_share(other), other.ended_at.is_(None), other.seat.is_not(None))


def has_unsubscribed() -> Exists:
    """Return whether the mailbox wants no more mail about the campaign, by whichever answers."""
    other = aliased(Signature)
    return exists().where(_share(other), other.unsubscribed_at.is_not(None))


def _share(other: type[Signature]) -> ColumnElement[bool]:
    return and_(
        other.campaign_id == Signature.campaign_id, other.email_digest == Signature.email_digest
    )
