"""Gathers what the journal records of a letter, so that no restored backup sends it again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.extensions import db
from petition.journals.handovers import LetterFacts
from petition.journals.marks import make_mark
from petition.models import Delivery, LedgerEntry, Signature, Tally


def gather_letter(delivery_id: int) -> LetterFacts:
    """Return what a restored database must know of a letter that is about to be sent."""
    session = db.session()
    delivery = session.get_one(Delivery, delivery_id)
    milestone, post, letter = delivery.milestone, delivery.post, delivery.letter
    if letter is None:
        raise RuntimeError(f"delivery {delivery_id} goes without a letter")
    key = (milestone.campaign_id, milestone.district_id)
    facts = LetterFacts(
        campaign=milestone.campaign.slug,
        layer=milestone.district.layer,
        division_id=milestone.district.division_id,
        number=milestone.number,
        threshold=milestone.threshold,
        step=session.get_one(Tally, key).step,
        code=milestone.code,
        reached_at=milestone.reached_at.isoformat(),
        post_division=post.division_id,
        post_key=post.key,
        channel=delivery.channel,
        sha256=letter.sha256,
        pages=letter.pages,
        size=letter.size,
        names=letter.names,
        addressee=letter.addressee,
        rendered_at=letter.rendered_at.isoformat(),
        members=_list_marks(session, delivery),
    )
    session.rollback()
    return facts


def _list_marks(session: Session, delivery: Delivery) -> list[str]:
    rows = session.execute(
        select(Signature.id, Signature.email_digest, Signature.created_at)
        .join(LedgerEntry, LedgerEntry.signature_id == Signature.id)
        .where(delivery.milestone.carries())
        .order_by(LedgerEntry.ordinal)
    )
    return [make_mark(row.id, row.email_digest, row.created_at) for row in rows]
