"""What became of one signature: for its signer alone, by the private link they were mailed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from petition.clock import utcnow
from petition.extensions import db
from petition.models import (
    Campaign,
    Delivery,
    District,
    LedgerEntry,
    Letter,
    Milestone,
    Placement,
    Post,
    Signature,
)
from petition.signing.tokens import Purpose, read_token, refuse_link


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery of the letter that carries the signer.

    - ``at``: when it was settled. ``sha256``: the fingerprint of its PDF, None until it is made.
    """

    post: str
    state: str
    at: datetime | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Counting:
    """One district that the signer lives in.

    - ``code``, ``threshold`` and ``deliveries`` are of the letter that names them; None and empty
      until there is one.
    """

    layer: str
    geoid: str
    district: str
    found_by: str
    code: str | None
    threshold: int | None
    deliveries: list[Sent]


@dataclass(frozen=True, slots=True)
class Status:
    """A signature as its signer sees it."""

    signature_id: int
    campaign_slug: str
    campaign_title: str
    campaign_open: bool
    state: str
    signed_at: datetime
    precision: str | None
    countings: list[Counting]


def read_status(token: str) -> Status:
    """Return the status behind a private link; raises TokenRefused."""
    signature_id = read_token(token, Purpose.STATUS)
    row = db.session.execute(
        select(
            Campaign,
            Signature.state,
            Signature.created_at,
            Signature.precision,
        )
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None:
        raise refuse_link()
    return Status(
        signature_id=signature_id,
        campaign_slug=row.Campaign.slug,
        campaign_title=row.Campaign.title,
        campaign_open=row.Campaign.is_open(utcnow()),
        state=row.state,
        signed_at=row.created_at,
        precision=row.precision,
        countings=_read_countings(signature_id),
    )


def _read_countings(signature_id: int) -> list[Counting]:
    rows = db.session.execute(
        select(District, Placement.found_by, Milestone)
        .join(Placement, Placement.district_id == District.id)
        .outerjoin(
            LedgerEntry,
            (LedgerEntry.signature_id == Placement.signature_id)
            & (LedgerEntry.district_id == District.id)
            & LedgerEntry.left_at.is_(None),
        )
        .outerjoin(
            Milestone,
            (Milestone.campaign_id == LedgerEntry.campaign_id)
            & (Milestone.district_id == LedgerEntry.district_id)
            & (Milestone.number == LedgerEntry.carried_by),
        )
        .where(Placement.signature_id == signature_id)
        .order_by(District.layer)
    ).all()
    return [
        Counting(
            layer=district.layer,
            geoid=district.geoid,
            district=district.name,
            found_by=found_by,
            code=milestone.code if milestone else None,
            threshold=milestone.threshold if milestone else None,
            deliveries=_read_deliveries(milestone.id) if milestone else [],
        )
        for district, found_by, milestone in rows
    ]


def _read_deliveries(milestone_id: int) -> list[Sent]:
    rows = db.session.execute(
        select(Post.title, Delivery.state, Delivery.settled_at, Letter.sha256)
        .select_from(Delivery)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
        .where(Delivery.milestone_id == milestone_id)
        .order_by(Post.id)
    )
    return [Sent(row.title, row.state, row.settled_at, row.sha256) for row in rows]
