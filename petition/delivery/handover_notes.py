"""What a host writes down when it hands a letter over: no restored backup sends it again."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.errors import StorageUnavailable
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.delivery.claim import DeliveryClaim, mark_handover
from petition.journals.handovers import LetterFacts, note_ending, note_letter
from petition.journals.marks import make_mark
from petition.models import Delivery, LedgerEntry, Signature, Tally

log = get_logger(__name__)


def gather_letter(delivery_id: int) -> LetterFacts:
    """Return all that a database must know again of a letter that is about to go."""
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


@dataclass(slots=True)
class Note:
    """What is written down of one try; ``begun`` once a line may say that the letter goes."""

    claimed: DeliveryClaim
    begun: bool = False

    def hand_over(self, facts: LetterFacts, digest: str) -> None:
        """Commit that the letter goes now, and write it down; raises ClaimLost, StorageUnavailable.

        - The line comes last: one that is there without an ending may have arrived.
        """
        mark_handover(self.claimed, digest)
        self.begun = True
        note_letter(self.claimed.facts.message_id, self.claimed.attempt, facts)

    def end(self, outcome: str) -> None:
        """Write down how a hand-over ended, where one was begun.

        - Where that cannot be written, a replay takes the letter as one that may have arrived.
        """
        if not self.begun:
            return
        claimed = self.claimed
        try:
            note_ending(claimed.facts.message_id, claimed.attempt, outcome)
        except StorageUnavailable as error:
            log.warning("handover.not_noted", delivery=claimed.delivery_id, error=str(error))


def _list_marks(session: Session, delivery: Delivery) -> list[str]:
    rows = session.execute(
        select(Signature.id, Signature.email_digest, Signature.created_at)
        .join(LedgerEntry, LedgerEntry.signature_id == Signature.id)
        .where(delivery.milestone.carries())
        .order_by(LedgerEntry.ordinal)
    )
    return [make_mark(row.id, row.email_digest, row.created_at) for row in rows]
