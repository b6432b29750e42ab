"""Verifies the audit chain bit by bit, keeps the result, and tells the doctor and attention.

- New links within ten minutes; all of it again once a day, a few seconds at a time.
- A break stays noted until the same link verifies again; that the links of before were replaced,
  until a person runs ``petition audit verify``.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from petition.audit.chain.chain_check import BreakKind, ChainBreak, Verified, verify_chain
from petition.audit.chain.event_chain import count_unchained, read_head
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
    """The last verification: up to which link, its head, when; ``began_at``: of this walk."""

    link: int
    head: str | None
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
    if last is None and (before is None or before.head is None):
        return 0
    start, began_at = 1, utcnow()
    is_new = last is not None and before is not None and before.link < last.number
    if before is not None and (is_new or not _is_old(before)):
        start, began_at = before.link + 1, before.began_at
    noted = (before.link, before.head) if before is not None and before.head else None
    done = verify_chain(start, seconds=seconds, expected=noted)
    if before is not None and _differs_from_noted(done):
        done = replace(done, link=before.link, head=before.head)
    _note(done, began_at)
    return done.events


def note_verified(done: Verified) -> None:
    """Note a verification that began at the first link."""
    _note(done, utcnow())


def _differs_from_noted(done: Verified) -> bool:
    """Return whether the links that were noted last are missing or others: that stays noted.

    - Until a person verifies all of it, as after a backup was restored.
    """
    return done.breach is not None and (
        done.breach.kind is BreakKind.HEAD_REWRITTEN or done.head is None
    )


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


def _note(done: Verified, began_at: datetime) -> None:
    breach = {**asdict(done.breach), "kind": done.breach.kind.value} if done.breach else None
    detail = {
        "link": done.link,
        "head": done.head,
        "began_at": began_at.isoformat(),
        "break": breach,
    }
    with transaction() as session:
        write_heartbeat(session, MARK, utcnow(), detail)


def _read(at: datetime, detail: dict[str, Any]) -> VerifiedUpto:
    found = detail["break"]
    breach = ChainBreak(found["link"], found["event"], BreakKind(found["kind"])) if found else None
    began_at = datetime.fromisoformat(detail["began_at"])
    return VerifiedUpto(detail["link"], detail["head"], at, began_at, breach)
