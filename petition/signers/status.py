"""The status of one signature, for its signer only, by the private link in their mails."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.letters.outcome import SENT
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
    SignatureState,
)
from petition.models.counts.tally import CARRIED
from petition.models.signatures.signature import MOVES
from petition.signers.link_renewal import RENEWABLE
from petition.signers.named_record import find_kept_until
from petition.signing.link_tokens import LinkPurpose, read_token, refuse_link


@dataclass(frozen=True, slots=True)
class SentLetter:
    """One delivery of the letter that names the signer.

    - ``at``: when it was settled. ``sha256``: the hash of its PDF; None until it is rendered.
    """

    post: str
    is_body: bool
    state: str
    channel: str
    at: datetime | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Counting:
    """One district that the signer lives in.

    - ``code``, ``threshold`` and ``deliveries`` are of the letter that names the signer; None and
      empty until there is one.
    """

    district_id: int
    layer: str
    geoid: str
    district: str
    state: str
    found_by: str
    code: str | None
    threshold: int | None
    deliveries: list[SentLetter]


@dataclass(frozen=True, slots=True)
class PastLetter:
    """An accepted letter that names the signer, who has left its district or withdrawn since.

    - ``code``, ``threshold``: of the letter, as in Counting. ``left_at``: when they left the count.
    """

    code: str
    layer: str
    geoid: str
    district: str
    threshold: int
    left_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """A signature as shown to its signer.

    - ``past``: the letters that keep the name after a move, withdrawal or erasure, in the order of
      ``left_at``. While the signature is live, none of them is that of a counting.
    - ``waits_until``: when it is counted in its new districts, if it is in review after a move;
      ``left``: the districts whose count it has left because of that.
    - ``kept_until``: until when, after an erasure, it is stored that its mailbox was named; see
      petition/signers/named_record.py.
    - ``can_renew``: whether its links can be replaced; see petition/signers/link_renewal.py.
    """

    signature_id: int
    campaign_slug: str
    campaign_title: str
    campaign_open: bool
    state: str
    signed_at: datetime
    precision: str | None
    countings: list[Counting]
    past: list[PastLetter]
    waits_until: datetime | None
    left: list[str]
    kept_until: datetime | None
    can_renew: bool


def read_status(token: str) -> Status:
    """Return the status of a private link's signature; raises TokenRefused."""
    return describe_signature(read_token(token, LinkPurpose.STATUS))


def describe_signature(signature_id: int) -> Status:
    """Return the status of one signature; raises TokenRefused."""
    row = db.session.execute(
        select(
            Campaign,
            Signature.state,
            Signature.created_at,
            Signature.ended_at,
            Signature.precision,
            Signature.waits_until,
            Signature.review_reason,
            RENEWABLE.label("can_renew"),
        )
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None:
        raise refuse_link()
    countings = _read_countings(signature_id)
    waits = row.state == SignatureState.REVIEW and row.review_reason in MOVES
    shown = {counting.code for counting in countings} if row.ended_at is None else set()
    return Status(
        signature_id=signature_id,
        campaign_slug=row.Campaign.slug,
        campaign_title=row.Campaign.title,
        campaign_open=row.Campaign.is_open(utcnow()),
        state=row.state,
        signed_at=row.created_at,
        precision=row.precision,
        countings=countings,
        past=_read_past(signature_id, shown),
        waits_until=row.waits_until if waits else None,
        left=_list_left(signature_id, countings) if waits else [],
        kept_until=read_kept_until(signature_id, row.state, row.ended_at),
        can_renew=bool(row.can_renew),
    )


def read_kept_until(signature_id: int, state: str, ended_at: datetime | None) -> datetime | None:
    """Return until when it is stored that an erased signature's mailbox was named; see Status."""
    if state != SignatureState.ERASED or ended_at is None:
        return None
    return find_kept_until(db.session(), signature_id, ended_at)


def _list_left(signature_id: int, countings: list[Counting]) -> list[str]:
    """Return the districts in which it was last counted, except those in which it lies now."""
    rows = db.session.execute(
        select(District.layer, District.id, District.name)
        .join(LedgerEntry, LedgerEntry.district_id == District.id)
        .where(LedgerEntry.of(signature_id))
        .order_by(LedgerEntry.joined_at)
    )
    last = {row.layer: row for row in rows}
    here = {counting.district_id for counting in countings}
    return [last[layer].name for layer in sorted(last) if last[layer].id not in here]


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
        .outerjoin(Milestone, CARRIED)
        .where(Placement.signature_id == signature_id)
        .order_by(District.layer)
    ).all()
    return [
        Counting(
            district_id=district.id,
            layer=district.layer,
            geoid=district.geoid,
            district=district.name,
            state=district.state,
            found_by=found_by,
            code=milestone.code if milestone else None,
            threshold=milestone.threshold if milestone else None,
            deliveries=_read_deliveries(milestone.id) if milestone else [],
        )
        for district, found_by, milestone in rows
    ]


def _read_deliveries(milestone_id: int) -> list[SentLetter]:
    rows = db.session.execute(
        select(
            Post.title,
            Post.is_body,
            Delivery.state,
            Delivery.channel,
            Delivery.settled_at,
            Letter.sha256,
        )
        .select_from(Delivery)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
        .where(Delivery.milestone_id == milestone_id)
        .order_by(Post.id)
    )
    return [SentLetter(*row) for row in rows]


def _read_past(signature_id: int, shown: set[str | None]) -> list[PastLetter]:
    """Return the letters that name the signature although it has left the count or ended.

    - ``shown``: the codes of letters that ``countings`` has already, as after a move back; these
      are left out.
    - An ended signature counts as left, although the count may not be lowered yet.
    - A letter names a signature that left no earlier than the letter was sealed (as in
      ``Milestone.carries``), and had not ended when its PDF was rendered.
    """
    left_at = func.coalesce(LedgerEntry.left_at, Signature.ended_at)
    names = exists().where(
        Delivery.milestone_id == Milestone.id,
        Delivery.state.in_(SENT),
        Letter.id == Delivery.letter_id,
        left_at >= func.coalesce(Milestone.sealed_at, Letter.rendered_at),
        Signature.ended_at.is_(None) | (Signature.ended_at >= Letter.rendered_at),
    )
    rows = db.session.execute(
        select(Milestone, District, left_at.label("left_at"))
        .select_from(LedgerEntry)
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .join(Milestone, CARRIED)
        .join(District, District.id == Milestone.district_id)
        .where(LedgerEntry.of(signature_id), names)
        .order_by(left_at, Milestone.id)
    ).all()
    letters = {
        milestone.id: PastLetter(
            code=milestone.code,
            layer=district.layer,
            geoid=district.geoid,
            district=district.name,
            threshold=milestone.threshold,
            left_at=moment,
        )
        for milestone, district, moment in rows
        if milestone.code not in shown
    }
    return list(letters.values())
