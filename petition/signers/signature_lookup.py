"""Finds the signatures of an address, for an operator who helps a signer without private link."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db
from petition.core.sealing import get_sealer
from petition.models import Campaign, Signature
from petition.models.campaigns.campaign import find_campaign_id
from petition.models.states import LIVE
from petition.signers.signer_problems import LookupProblem
from petition.signing.canonical_email import canonical_email, read_email


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """One signature without its person: what the operator needs to see."""

    signature_id: int
    campaign_id: int
    campaign_title: str
    state: str
    signed_at: datetime

    @property
    def live(self) -> bool:
        """Whether it is counted, or may still be."""
        return self.state in LIVE


def find_by_email(slug: str, typed: str) -> list[FoundSignature]:
    """Return all signatures of an address on a campaign that are not erased, the oldest first.

    - At most two of them are confirmed and live; any number may be unconfirmed, and the others were
      withdrawn, expired or rejected.
    - Raises InvalidInput if it is no address, NotFound if there is no such campaign or signature.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": Problem(LookupProblem.EMAIL_REFUSED)})
    found = find_in([find_campaign_id(db.session(), slug)], email)
    if not found:
        raise NotFound(LookupProblem.NOBODY_SIGNED, slug=slug)
    return found


def find_in(campaign_ids: Collection[int], email: str) -> list[FoundSignature]:
    """Return all signatures of an address on these campaigns that are not erased, oldest first."""
    digest = get_sealer().digest(canonical_email(email), "email")
    whose = Signature.campaign_id.in_(campaign_ids) & (Signature.email_digest == digest)
    # Each has an index of its own, which a query for both would not use.
    live, ended = Signature.ended_at.is_(None), Signature.ended_at.is_not(None)
    found = [*_read(whose & live), *_read(whose & ended)]
    return sorted(found, key=lambda one: one.signature_id)


def find_these(signature_ids: Collection[int]) -> list[FoundSignature]:
    """Return the signatures with these ids, the oldest first."""
    return _read(Signature.id.in_(signature_ids)) if signature_ids else []


def find_by_id(signature_id: int) -> FoundSignature:
    """Return the signature with that id; raises NotFound."""
    found = _read(Signature.id == signature_id)
    if not found:
        raise NotFound(LookupProblem.NUMBER_UNKNOWN, signature_id=signature_id)
    return found[0]


def _read(which: ColumnElement[bool]) -> list[FoundSignature]:
    rows = db.session.execute(
        select(Signature.id, Campaign.id, Campaign.title, Signature.state, Signature.created_at)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(which)
        .order_by(Signature.id)
    ).all()
    db.session.rollback()  # no transaction is open while the operator is prompted
    return [FoundSignature(*row) for row in rows]
