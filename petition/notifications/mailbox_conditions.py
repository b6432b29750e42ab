"""Conditions on a Signature by the other signatures of its mailbox in the campaign."""

from sqlalchemy import ColumnElement, Exists, and_, exists
from sqlalchemy.orm import aliased

from petition.models import Signature
from petition.signing.link_tokens import LIFETIMES, LinkPurpose

# Signatures that are not mailed wait as long as mailed ones, and then expire as well.
PUT_ASIDE = LIFETIMES[LinkPurpose.CONFIRM]


def is_passed_over() -> Exists:
    """Return the condition that the mailbox has a later signature that replaces this one."""
    other = aliased(Signature)
    return exists().where(_share(other), other.ended_at.is_(None), other.id > Signature.id)


def has_standing() -> Exists:
    """Return the condition that the mailbox has signed already."""
    other = aliased(Signature)
    return exists().where(_share(other), other.ended_at.is_(None), other.seat.is_not(None))


def has_unsubscribed() -> Exists:
    """Return the condition that the mailbox has unsubscribed from the campaign."""
    other = aliased(Signature)
    return exists().where(_share(other), other.unsubscribed_at.is_not(None))


def _share(other: type[Signature]) -> ColumnElement[bool]:
    return and_(
        other.campaign_id == Signature.campaign_id, other.email_digest == Signature.email_digest
    )
