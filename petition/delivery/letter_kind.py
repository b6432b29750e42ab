"""LetterKind: deliveries as a kind of petition/dispatch."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.errors import ChannelRefused
from petition.core.extensions import get_settings, transaction
from petition.core.queues import Stage
from petition.delivery.channels import CHANNELS, OF_MAIL_SERVER, Channel, Parcel, get_channel
from petition.delivery.freshness import find_addressee, find_obstacle, has_changed_holder
from petition.delivery.handover_facts import gather_letter
from petition.delivery.keeping import keep_envelope
from petition.delivery.letter_facts import ReadyLetter, gather_facts
from petition.delivery.letter_message import build_message, clean_recipient, compose_envelope
from petition.delivery.letter_reports import note_asked
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.dispatch.pauses import is_paused, may_go
from petition.dispatch.state_changes import count_rows
from petition.journals.handovers import note_ending, note_letter
from petition.mail.delivery_notices import NoticeRequest
from petition.mail.letter_ids import make_envelope_id
from petition.models import Attempt, Delivery, LaneName, Letter, Milestone
from petition.models.officials.post import Addressee
from petition.models.outgoing.envelope import Envelope
from petition.models.states import CLAIMABLE, DELIVERY_TRANSITIONS
from petition.replies.stored_files import read_file, store_file
from petition.transitions.delivery_changes import put_back, was_tried
from petition.transitions.tally_lock import lock_tally

ReadLetter = Callable[[str], bytes]


class LetterKind(OutgoingKind[Delivery, ReadyLetter]):
    """One letter to one post by one channel.

    - ``read_letter`` returns the bytes of a PDF by its SHA-256; raises StorageCorrupt or Retryable.
      Only ``send`` needs it.
    """

    name = "delivery"
    stage = Stage.DELIVER
    table = Delivery
    attempts = Attempt
    owner_name = "delivery_id"
    lane = LaneName.LETTERS
    claimable = CLAIMABLE
    transitions = DELIVERY_TRANSITIONS

    def __init__(self, read_letter: ReadLetter | None = None) -> None:
        self._read_letter = read_letter

    def find_lane(self, row: Delivery) -> LaneName | None:
        """Return the lane of letters if a delivery is sent by e-mail, else None."""
        return self.lane if row.channel in OF_MAIL_SERVER else None

    def uses_lane(self) -> ColumnElement[bool]:
        """Return the condition that a delivery is sent by e-mail."""
        return Delivery.channel.in_(OF_MAIL_SERVER)

    def is_repeatable(self, row: Delivery) -> bool:
        """Return whether the delivery's channel is idempotent."""
        return row.channel in CHANNELS and get_channel(row.channel, get_settings()).idempotent

    def lock(self, session: Session, row: Delivery) -> None:
        """Lock the district's tally before the delivery, as counting does."""
        if row.attempt == 0:
            lock_tally(session, row.milestone.campaign_id, row.milestone.district_id)
        session.refresh(row, with_for_update=True)
        session.refresh(row.milestone)

    def prepare(self, session: Session, row: Delivery, now: datetime) -> ReadyLetter | None:
        """Return the letter if it may be sent.

        - Before the first attempt it is checked against the current data (``find_obstacle``). One
          that may not be sent is superseded, and its delivery queued again or held.
        - From the first attempt on its bytes never change; the claim only records whether the
          addressee has changed.
        - None while the campaign is paused (petition/dispatch/pauses.py).
        """
        letter, channel = row.letter, get_channel(row.channel, get_settings())
        if letter is None or is_paused(session, row.milestone.campaign_id):
            return None
        addressee = find_addressee(row, now)
        if row.attempt == 0 and _was_put_back(session, row, letter, addressee, channel, now):
            return None
        return ReadyLetter(
            channel=row.channel,
            milestone_id=row.milestone_id,
            replies=letter.replies,
            facts=gather_facts(row, letter, addressee),
            holder_changed=has_changed_holder(letter, addressee),
            block_changed=addressee is None or addressee.block != letter.addressee,
        )

    def note_begun(self, session: Session, row: Delivery, now: datetime) -> None:
        """Seal the milestone, and store the file of replies that goes with the letter.

        - From the first attempt on its members never change.
        """
        sealed = session.execute(
            update(Milestone)
            .where(Milestone.id == row.milestone_id, Milestone.sealed_at.is_(None))
            .values(sealed_at=now)
        )
        if count_rows(sealed):
            record(session, "milestone.sealed", "milestone", row.milestone_id)
        if row.letter is not None:
            store_file(session, row.milestone, row.letter, now)

    def send(self, claimed: Claim[ReadyLetter], handover: HandoverStep) -> Receipt:
        """Send the letter by its channel."""
        parcel = self._pack(claimed)
        handover.recipient = parcel.recipient
        handover.digest = hashlib.sha256(parcel.message).hexdigest()
        name, attempt = claimed.content.facts.message_id, claimed.attempt
        letter = gather_letter(claimed.row_id)
        handover.note_start = partial(note_letter, name, attempt, letter)
        handover.note_end = partial(note_ending, name, attempt)

        def begin() -> None:
            if parcel.notices is not None and parcel.notices.asked:
                note_asked(claimed.row_id, attempt)
            handover.begin()

        return get_channel(claimed.content.channel, get_settings()).send(parcel, begin)

    def select_due(self, now: datetime) -> Select[int]:
        """Return the query of the due deliveries, without those of paused campaigns."""
        due = super().select_due(now)
        return due.join(Milestone, Milestone.id == Delivery.milestone_id).where(may_go())

    def _pack(self, claimed: Claim[ReadyLetter]) -> Parcel:
        if claimed.content.holder_changed:  # its bytes are fixed, and name another
            raise ChannelRefused("holder changed")
        if self._read_letter is None:
            raise RuntimeError("letters are sent by deliver, which knows where they are stored")
        facts = claimed.content.facts
        pdf = self._read_letter(facts.sha256)
        replies = _read_replies(claimed.content)
        envelope = keep_envelope(claimed, partial(compose_envelope, facts))
        return Parcel(
            delivery_id=claimed.row_id,
            message_id=envelope.message_id,
            sender=envelope.sender,
            recipient=_choose_recipient(claimed.content, envelope),
            message=build_message(envelope, pdf, replies),
            pdf=pdf,
            notices=NoticeRequest(make_envelope_id(claimed.row_id, claimed.attempt)),
        )


LETTERS = LetterKind()


def _was_put_back(
    session: Session,
    delivery: Delivery,
    letter: Letter,
    addressee: Addressee | None,
    channel: Channel,
    now: datetime,
) -> bool:
    """Supersede a letter that may not be sent and was never tried; return whether it was."""
    if was_tried(session, letter.id):  # by another channel: this one sends the same bytes
        return False
    milestone = delivery.milestone
    live = lock_tally(session, milestone.campaign_id, milestone.district_id)
    obstacle = find_obstacle(session, delivery, letter, live, addressee, channel)
    if obstacle is None:
        return False
    put_back(session, delivery, now, obstacle.why, obstacle.hold)
    return True


def _read_replies(letter: ReadyLetter) -> bytes | None:
    """Return the file that goes with a letter; None if it has none.

    - Raises ChannelRefused if it was erased: without it the message would have other bytes than
      before. Retries end long before that.
    """
    if letter.replies is None:
        return None
    with transaction() as session:
        replies = read_file(session, letter.milestone_id, letter.replies)
    if replies is None:
        raise ChannelRefused("replies erased")
    return replies


def _choose_recipient(letter: ReadyLetter, envelope: Envelope) -> str | None:
    """Return the address that the message is sent to.

    - The post's current address: one that was corrected since the first attempt changes where the
      letter is sent, never its bytes. If the addressee is no longer the printed one, the address
      of the first attempt.
    """
    if letter.block_changed and envelope.recipient:
        return envelope.recipient
    return clean_recipient(letter.facts.recipient) or envelope.recipient
