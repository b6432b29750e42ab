"""What an erasure keeps for 90 days: that the mailbox was named in a division's letter.

Without it, a hundred mailboxes that erase and sign again would cause letters in one district after
another. A row is a keyed hash of the mailbox and a division; it does not refer to the erased row.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.extensions import transaction
from petition.models import (
    Campaign,
    District,
    LedgerEntry,
    LegalHold,
    Milestone,
    NamedMailbox,
    Signature,
    Tally,
)
from petition.models.counts.tally import CARRIED
from petition.models.signatures.relocation import MOVE_WAIT, hash_mailbox

DAY = timedelta(days=1)


def keep_named(session: Session, signature_id: int, at: datetime) -> None:
    """Keep for 90 days from ``at`` which divisions' letters have named the signer being erased.

    - In the transaction of the erasure, before it. Reads only letters of the 90 days before ``at``.
    """
    until = round_up(at + MOVE_WAIT)
    signature = session.execute(
        select(Signature.campaign_id, Signature.email_digest)
        .where(Signature.id == signature_id)
        .with_for_update()
    ).one_or_none()
    if signature is None or signature.email_digest is None or until <= utcnow():
        return
    # No letter is sent between this query and the commit: sending one locks its tally first.
    carried = select(LedgerEntry.district_id).where(
        LedgerEntry.of(signature_id), LedgerEntry.carried_by.is_not(None)
    )
    session.execute(
        select(Tally.live)
        .where(Tally.campaign_id == signature.campaign_id, Tally.district_id.in_(carried))
        .order_by(Tally.district_id)
        .with_for_update()
    ).all()
    rows = session.execute(
        select(LedgerEntry.layer, District.division_id)
        .join(District, District.id == LedgerEntry.district_id)
        .join(Milestone, CARRIED)
        .where(
            LedgerEntry.of(signature_id),
            Milestone.sealed_at > at - MOVE_WAIT,
            Milestone.inherited.is_(False),
        )
        .distinct()
    )
    for layer, division_id in rows.all():
        row = {
            "campaign_id": signature.campaign_id,
            "mailbox": hash_mailbox(signature.email_digest),
            "layer": layer,
            "division_id": division_id,
            "until": until,
        }
        kept = insert_into(session, NamedMailbox).values(row)
        session.execute(
            kept.on_conflict_do_update(
                index_elements=["campaign_id", "mailbox", "layer", "division_id"],
                set_={"until": kept.excluded.until},
                where=NamedMailbox.until < kept.excluded.until,
            )
        )


def find_kept_until(session: Session, signature_id: int, erased_at: datetime) -> datetime | None:
    """Return until when rows are kept for an erased signature's mailbox; None if none is kept."""
    last = session.scalar(
        select(Milestone.sealed_at)
        .select_from(LedgerEntry)
        .join(Milestone, CARRIED)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(
            LedgerEntry.of(signature_id),
            Milestone.sealed_at > erased_at - MOVE_WAIT,
            Milestone.inherited.is_(False),
            # After that nobody can sign the campaign again, so no row is kept.
            Campaign.people_erased_at.is_(None) | (Campaign.people_erased_at > erased_at),
        )
        .limit(1)
    )
    until = round_up(erased_at + MOVE_WAIT)
    return until if last is not None and until > utcnow() else None


def forget_named() -> int:
    """Delete the rows whose time is over; return how many."""
    with transaction() as session:
        over = delete(NamedMailbox).where(
            NamedMailbox.until <= utcnow(), LegalHold.spares(NamedMailbox.campaign_id)
        )
        return len(session.scalars(over.returning(NamedMailbox.until)).all())


def round_up(moment: datetime) -> datetime:
    """Return the next midnight: an exact time would reveal which row was erased then."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
