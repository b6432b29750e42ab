"""The signatures of an address whose private links are mailed when they are lost.

A mailbox is found by its canonical form, which is a guess about its host's rules. So a link goes
only to the spelling that its signature was signed with; those of one spelling go in one mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.models import Campaign, Signature, SignatureState
from petition.models.signatures.person import skip_broken
from petition.models.signatures.signature import UNCOUNTED

ENDED = (SignatureState.WITHDRAWN, SignatureState.EXPIRED)


@dataclass(frozen=True, slots=True)
class AddressSignatures:
    """What is mailed to an address that asks, as ids of signatures.

    - ``waiting``: the latest answers of each campaign that are to be confirmed, newest first.
    - ``links``: those whose private link is to go, in the order of ids.
    """

    waiting: tuple[int, ...]
    links: tuple[int, ...]


class _Row(NamedTuple):
    campaign_id: int
    id: int
    seat: int | None
    ended_at: datetime | None


def find_signatures(session: Session, digest: bytes, now: datetime) -> AddressSignatures:
    """Return the signatures of an address by its hash, over all campaigns.

    - Of each campaign: the links of those that stand; else the latest answers wait to be confirmed,
      or their link goes where the campaign takes no confirmation; else the link of the last that
      has ended, by which it can be erased.
    """
    by_id = {campaign.id: campaign for campaign in session.scalars(select(Campaign))}
    # No index begins with the hash: each is looked into once a campaign.
    columns = (Signature.campaign_id, Signature.id, Signature.seat, Signature.ended_at)
    mailbox = Signature.campaign_id.in_(list(by_id)) & (Signature.email_digest == digest)
    live = session.execute(select(*columns).where(mailbox, Signature.ended_at.is_(None))).all()
    over = UNCOUNTED & Signature.state.in_(ENDED) & Signature.ended_at.is_not(None)
    ended = session.execute(select(*columns).where(mailbox, over)).all()
    rows = sorted(_Row(*row) for row in (*live, *ended))
    waiting: list[int] = []
    links: list[int] = []
    for _, group in groupby(rows, lambda row: row.campaign_id):
        these = _choose(list(group))
        unconfirmed = these[0].seat is None and these[0].ended_at is None
        takes = unconfirmed and by_id[these[0].campaign_id].takes_confirmations(now)
        (waiting if takes else links).extend(row.id for row in these)
    return AddressSignatures(tuple(sorted(waiting, reverse=True)), tuple(sorted(links)))


def list_with(session: Session, signature: Signature, now: datetime) -> list[Signature]:
    """Return the signatures whose links go in one mail with that of this one, itself included."""
    if signature.email_digest is None:
        return [signature]
    found = find_signatures(session, signature.email_digest, now).links
    spelling = _spell(signature)
    rows = _load(session, {*found, signature.id})
    return [row for row in rows if row is signature or _spell(row) == spelling]


def choose_addressees(session: Session, ids: Iterable[int]) -> list[int]:
    """Return the first signature of each spelling of the address, to which the mail is planned.

    - One whose data does not open has a mail of its own, which is never made.
    """
    firsts: dict[str, int] = {}
    for row in _load(session, ids):
        firsts.setdefault(_spell(row), row.id)
    return list(firsts.values())


def _choose(group: list[_Row]) -> list[_Row]:
    live = [row for row in group if row.ended_at is None]
    standing = [row for row in live if row.seat is not None]
    return standing or live[-1:] or group[-1:]


def _load(session: Session, ids: Iterable[int]) -> list[Signature]:
    chosen = select(Signature).where(Signature.id.in_(list(ids))).order_by(Signature.id)
    return list(session.scalars(chosen))


def _spell(signature: Signature) -> str:
    person = skip_broken(signature.person)
    return person.email.lower() if person is not None else f"{signature.id}"
