"""Repeats, after a restore, the decisions that signers made since the backup."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, select, update

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.journals.marks import make_mark
from petition.models import Mail, RelayMessage, RelayState, Signature, SignatureState
from petition.models.states import LIVE
from petition.signers.consents import read_given, stop_offer
from petition.signers.erasure_log import Decision, Line, find_journal, read_journal
from petition.signers.withdraw import (
    erase_row,
    forget_mails,
    unsubscribe_signature,
    withdraw_signature,
)
from petition.signing.link_tokens import LIFETIMES, LinkPurpose

log = get_logger(__name__)

ACTOR = "replay"
BATCH = 500


def replay(lines: Iterable[Line]) -> Counter[Decision]:
    """Carry out each decision that is not in the database; return how many of each.

    - A line whose mark differs from that of the signature with its id is of a signature that the
      restore has lost, and is skipped. Safe to run at any time, and repeatedly.
    """
    done: Counter[Decision] = Counter()
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        undone = list(_find_undone(batch))
        erased = {line.signature_id for line in undone if line.decision is Decision.ERASED}
        if erased:
            forget_mails(erased)
        for line in undone:
            match line.decision:
                case Decision.ERASED:
                    erase_row(line.signature_id, ACTOR, line.at)
                case Decision.WITHDRAWN:
                    withdraw_signature(line.signature_id, ACTOR)
                case Decision.UNSUBSCRIBED:
                    unsubscribe_signature(line.signature_id)
                case Decision.STOPPED:
                    stop_offer(line.signature_id, line.offer_id or 0)
            done[line.decision] += 1
    return done


def replay_journal() -> Counter[Decision]:
    """Replay this host's own journal, if there is one.

    - Damaged lines are logged; `petition doctor` reports them too.
    """
    path = find_journal()
    if not path.exists():
        return Counter()
    damaged: list[int] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        done = replay(read_journal(lines, damaged))
    if damaged:
        log.warning("journal.damaged", lines=len(damaged), first=damaged[0])
    return done


def quieten() -> int:
    """Mark the mails that are due in a restored database as sent; return how many.

    - Messages of organizations that were being sent are paused, for a person to decide.

    - Most likely they were sent since the backup. Signing again requests a confirmation that was
      not.
    """
    now = utcnow()
    with transaction() as session:
        mails = session.scalars(
            update(Mail).where(Mail.due_at.is_not(None)).values(due_at=None).returning(Mail.id)
        ).all()
        invitations = session.scalars(
            update(Signature)
            .where(Signature.state == SignatureState.PENDING, Signature.mailed_at.is_(None))
            .values(mailed_at=now, due_at=now + LIFETIMES[LinkPurpose.CONFIRM])
            .returning(Signature.id)
        ).all()
        session.execute(
            update(RelayMessage)
            .where(RelayMessage.state == RelayState.SENDING)
            .values(state=RelayState.PAUSED)
        )
        number = len(mails) + len(invitations)
        detail = {"mails": len(mails), "confirmations": len(invitations)}
        record(session, "mails.quietened", "service", 0, actor="cli", detail=detail)
    return number


def _find_undone(lines: list[Line]) -> Iterator[Line]:
    rows = db.session.execute(
        select(
            Signature.id,
            Signature.state,
            Signature.email_digest,
            Signature.created_at,
            Signature.unsubscribed_at,
            Signature.resubscribed_at,
        ).where(Signature.id.in_({line.signature_id for line in lines}))
    ).all()
    stopped = {line.signature_id for line in lines if line.decision is Decision.STOPPED}
    given = read_given(stopped)
    db.session.rollback()
    found = {row.id: row for row in rows}
    seen = set()
    for line in lines:
        row = found.get(line.signature_id)
        if row is None or (line.signature_id, line.decision, line.offer_id) in seen:
            continue
        if row.email_digest is None or line.mark != make_mark(
            row.id, row.email_digest, row.created_at
        ):
            continue
        if _is_done(line, row, given.get((line.signature_id, line.offer_id or 0))):
            continue
        seen.add((line.signature_id, line.decision, line.offer_id))
        yield line


def _is_done(line: Line, row: Row[*tuple[Any, ...]], given_at: datetime | None) -> bool:
    """Return whether the database has the decision, or a later one that reverses it.

    - ``given_at``: since when a consent that was to be stopped is in force; None if it is not.
    """
    match line.decision:
        case Decision.UNSUBSCRIBED:
            asked_since = row.resubscribed_at is not None and row.resubscribed_at > line.at
            return row.unsubscribed_at is not None or asked_since
        case Decision.WITHDRAWN:
            return row.state not in LIVE
        case Decision.STOPPED:
            return given_at is None or given_at > line.at
        case Decision.ERASED:
            return False  # an erased row has no digest, so its line was skipped before
