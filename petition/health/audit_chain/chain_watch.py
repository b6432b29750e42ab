"""Verifies the audit chain bit by bit, keeps the result, and tells the doctor and attention.

- New links within ten minutes; all of it again once a day, a few seconds at a time.
- A break stays noted until the same link verifies again; that the links of before were replaced
  or cut off, until a person accepts it by ``petition audit verify --accept-head``.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from petition.audit.chain.chain_check import (
    BreakKind,
    ChainBreak,
    Verified,
    compare_head,
    verify_chain,
)
from petition.audit.chain.event_chain import count_unchained, read_head
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.health.audit_chain.chain_words import describe_break
from petition.health.findings import Fault, skip_on_database_error
from petition.models import Heartbeat
from petition.processes.heartbeats import write_heartbeat

MARK = "audit-verified"
SECONDS = 5.0
AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class VerifiedUpto:
    """The last verification: up to which link, its head, when; ``began_at``: of this walk.

    - ``highest``: number and head of the last link that was ever verified. Only a person lowers it.
    """

    link: int
    head: str | None
    highest: tuple[int, str] | None
    at: datetime
    began_at: datetime
    breach: ChainBreak | None


def read_verified() -> VerifiedUpto | None:
    """Return the last verification; None before the first."""
    row = db.session.get(Heartbeat, MARK, populate_existing=True)
    found = _read(row.at, row.detail) if row is not None else None
    db.session.rollback()
    return found


def verify_next(seconds: float = SECONDS) -> int:
    """Verify links for some seconds and note the result; return how many events."""
    last, before = read_head(), read_verified()
    if last is None and (before is None or before.highest is None):
        return 0
    start, began_at = 1, utcnow()
    is_new = last is not None and before is not None and before.link < last.number
    if before is not None and (is_new or not _is_old(before)):
        start, began_at = before.link + 1, before.began_at
    highest = before.highest if before is not None else None
    done = verify_chain(start, seconds=seconds, expected=highest)
    _note(done, began_at, highest)
    return done.events


def verify_from(first: int, expected: tuple[int, str] | None = None) -> Verified:
    """Verify from a link to the end, and compare the head that was noted; note the result.

    - ``expected``: a head that was written down elsewhere, compared as well.
    - A verification that begins after the first link is not noted.
    """
    before = read_verified()
    highest = before.highest if before is not None else None
    done = verify_chain(first, expected=expected)
    if done.breach is None:
        done = replace(done, breach=compare_head(highest))
    if first == 1:
        _note(done, utcnow(), highest)
    return done


def accept_head(accepted: tuple[int, str], *, actor: str) -> Verified:
    """Verify all links, and take them as they are in place of what was noted; it is an event.

    - ``accepted``: number and head of a link, which a person has compared with another source.
    - With a break nothing is accepted, and nothing noted.
    """
    before = read_verified()
    highest = before.highest if before is not None else None
    done = verify_chain(1, expected=accepted)
    if done.breach is not None or done.head is None:
        return done
    number, head = accepted
    detail: dict[str, str | int] = {"head": head}
    if highest is not None:
        detail |= {"noted_link": highest[0], "noted_head": highest[1]}
    with transaction() as session:
        record(session, "audit.head_accepted", "service", number, actor=actor, detail=detail)
        _write(session, done, utcnow(), (done.link, done.head))
    return done


def note_verified(done: Verified) -> None:
    """Note a verification that began at the first link."""
    before = read_verified()
    _note(done, utcnow(), before.highest if before is not None else None)


@skip_on_database_error
def check_audit() -> str:
    """The audit trail is chained, and the chain is whole."""
    verified, waiting = read_verified(), count_unchained()
    if verified is not None and verified.breach is not None:
        raise Fault(
            describe_break(verified.breach).rstrip("."),
            "Keep the database as it is, and compare it with a backup (docs/decisions/audit.md).",
        )
    if waiting.is_late and waiting.oldest is not None:
        raise Fault(
            f"events since {waiting.oldest:%Y-%m-%d %H:%M} UTC are not chained",
            "Check that the reconciler runs, and that no transaction stays open for hours.",
        )
    if verified is None:
        return "nothing is chained yet"
    return f"whole up to link {verified.link}, verified {verified.at:%Y-%m-%d %H:%M} UTC"


def _is_old(verified: VerifiedUpto) -> bool:
    return verified.breach is None and utcnow() - verified.began_at >= AGAIN_AFTER


def _note(done: Verified, began_at: datetime, highest: tuple[int, str] | None) -> None:
    is_higher = highest is None or done.link >= highest[0]
    if done.breach is None and done.head is not None and is_higher:
        highest = done.link, done.head
    with transaction() as session:
        _write(session, done, began_at, highest)


def _write(
    session: Session, done: Verified, began_at: datetime, highest: tuple[int, str] | None
) -> None:
    breach = {**asdict(done.breach), "kind": done.breach.kind.value} if done.breach else None
    detail = {
        "link": done.link,
        "head": done.head,
        "began_at": began_at.isoformat(),
        "break": breach,
        "highest": list(highest) if highest is not None else None,
    }
    write_heartbeat(session, MARK, utcnow(), detail)


def _read(at: datetime, detail: dict[str, Any]) -> VerifiedUpto:
    found = detail["break"]
    breach = ChainBreak(found["link"], found["event"], BreakKind(found["kind"])) if found else None
    began_at = datetime.fromisoformat(detail["began_at"])
    highest = (detail["highest"][0], detail["highest"][1]) if detail["highest"] else None
    return VerifiedUpto(detail["link"], detail["head"], highest, at, began_at, breach)
