"""The sessions of accounts: opened at a sign-in, looked up at each request, listed and ended.

- A session is a row, and the cookie has a random token of which the row keeps the SHA-256. It ends
  with its row, SESSION_LIFE after the sign-in, or after the idle time of the settings.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from petition.accounts.account_mails import plan_mail
from petition.accounts.permissions import ROLES_OF
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.database import insert_into
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, get_settings, transaction
from petition.core.networks import list_networks
from petition.core.sealing import get_sealer
from petition.models import (
    AccountMailKind,
    AccountPlace,
    AccountSession,
    PortalName,
    RoleGrant,
    SecondFactor,
    User,
)

SESSION_LIFE = timedelta(hours=12)
# ``seen_at`` is written at most this often, so that most requests write nothing.
SEEN_EVERY = timedelta(minutes=1)
# A network from which an account has not signed in for so long is a new one again.
PLACES_KEPT = timedelta(days=180)
TOKEN_BYTES = 32
LONGEST_TOKEN = 64  # characters
LONGEST_AGENT = 40


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The session of a request; ``has_factor``: the account has a second factor."""

    id: int
    user_id: int
    proved_at: datetime
    has_factor: bool


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as its account sees it."""

    id: int
    portal: str
    agent: str
    started_at: datetime
    seen_at: datetime


def open_session(user_id: int, portal: PortalName, agent: str, address: str | None) -> str:
    """Open a session, record the sign-in, and return the token for its cookie.

    - ``agent``: the kind of browser. ``address``: the client's, of which only a keyed hash of its
      network is stored. A network that is new for the account is mailed to it.
    """
    token, now = secrets.token_urlsafe(TOKEN_BYTES), utcnow()
    with transaction() as session:
        session.add(
            AccountSession(
                digest=_hash(token),
                user_id=user_id,
                portal=portal.value,
                agent=agent[:LONGEST_AGENT],
                started_at=now,
                seen_at=now,
                proved_at=now,
            )
        )
        actor = f"{portal}:{user_id}"
        record(session, f"{portal}.signed_in", portal, user_id, actor=actor)
        if _is_new_place(session, user_id, address, now):
            record(session, f"{portal}.new_place", portal, user_id, actor=actor)
            plan_mail(session, AccountMailKind.NEW_PLACE, portal, user_id=user_id)
    return token


def find_session(token: str, portal: PortalName) -> OpenSession | None:
    """Return the session of a token, and record that it was used; None if it is not in force.

    - That also means: in this portal, in which the account still has a role.
    """
    if len(token) > LONGEST_TOKEN:
        return None
    now = utcnow()
    role = exists().where(
        RoleGrant.user_id == AccountSession.user_id, RoleGrant.role.in_(ROLES_OF[portal])
    )
    factor = exists().where(
        SecondFactor.user_id == AccountSession.user_id, SecondFactor.confirmed_at.is_not(None)
    )
    row = db.session.execute(
        select(
            AccountSession.id,
            AccountSession.user_id,
            AccountSession.proved_at,
            AccountSession.seen_at,
            factor.label("has_factor"),
        )
        .join(User, User.id == AccountSession.user_id)
        .where(
            AccountSession.digest == _hash(token),
            AccountSession.portal == portal,
            User.active,
            role,
            ~_is_over(now),
        )
    ).one_or_none()
    if row is None:
        return None
    if now - row.seen_at >= SEEN_EVERY:
        _note_seen(row.id, now)
    return OpenSession(row.id, row.user_id, row.proved_at, row.has_factor)


def note_proof(session_id: int) -> None:
    """Record that the password or a code was just entered again in a session."""
    with transaction() as session:
        session.execute(
            update(AccountSession).where(AccountSession.id == session_id).values(proved_at=utcnow())
        )


def list_sessions(user_id: int) -> list[SessionLine]:
    """Return an account's sessions in force, the last used first."""
    rows = db.session.scalars(
        select(AccountSession)
        .where(AccountSession.user_id == user_id, ~_is_over(utcnow()))
        .order_by(AccountSession.seen_at.desc(), AccountSession.id.desc())
    )
    return [SessionLine(row.id, row.portal, row.agent, row.started_at, row.seen_at) for row in rows]


def count_sessions(ids: Sequence[int]) -> dict[int, int]:
    """Return how many sessions in force each of these accounts has; those without are left out."""
    rows = db.session.execute(
        select(AccountSession.user_id, func.count())
        .where(AccountSession.user_id.in_(ids), ~_is_over(utcnow()))
        .group_by(AccountSession.user_id)
    )
    return {user_id: number for user_id, number in rows}


def revoke_session(user_id: int, session_id: int, portal: PortalName) -> bool:
    """End one of an account's own sessions; return whether there was one."""
    return bool(_end(user_id, portal, "session.revoked", AccountSession.id == session_id))


def revoke_another(user_id: int, session_id: int, *, actor: str) -> bool:
    """End a session of somebody else's account; return whether there was one."""
    ended = AccountSession.id == session_id
    return bool(_end(user_id, PortalName.STAFF, "session.revoked", ended, actor=actor))


def revoke_others(user_id: int, session_id: int, portal: PortalName) -> int:
    """End all of an account's sessions but one; return how many."""
    return _end(user_id, portal, "session.revoked", AccountSession.id != session_id)


def close_session(user_id: int, session_id: int, portal: PortalName) -> None:
    """End a session by signing out: every copy of its cookie is void."""
    _end(user_id, portal, f"{portal}.signed_out", AccountSession.id == session_id)


def forget_sessions(limit: int = 500) -> int:
    """Delete sessions that are over, and networks that were not used for PLACES_KEPT."""
    now = utcnow()
    with transaction() as session:
        over = select(AccountSession.id).where(_is_over(now)).limit(limit)
        old = (
            select(AccountPlace.user_id, AccountPlace.network)
            .where(AccountPlace.seen_at < now - PLACES_KEPT)
            .limit(limit)
        )
        gone = session.scalars(
            delete(AccountSession).where(AccountSession.id.in_(over)).returning(AccountSession.id)
        ).all()
        places = session.execute(old).all()
        for user_id, network in places:
            session.execute(
                delete(AccountPlace).where(
                    AccountPlace.user_id == user_id, AccountPlace.network == network
                )
            )
    return len(gone) + len(places)


def _is_over(now: datetime) -> ColumnElement[bool]:
    idle = timedelta(minutes=get_settings().idle_minutes)
    return or_(
        AccountSession.started_at <= now - SESSION_LIFE, AccountSession.seen_at <= now - idle
    )


def _end(
    user_id: int,
    portal: PortalName,
    action: str,
    which: ColumnElement[bool],
    *,
    actor: str = "",
) -> int:
    with transaction() as session:
        ended = session.scalars(
            delete(AccountSession)
            .where(AccountSession.user_id == user_id, which)
            .returning(AccountSession.id)
        ).all()
        if ended:
            detail = {"sessions": len(ended)}
            actor = actor or f"{portal}:{user_id}"
            record(session, action, portal, user_id, actor=actor, detail=detail)
        return len(ended)


def _note_seen(session_id: int, now: datetime) -> None:
    try:
        with transaction() as session:
            session.execute(
                update(AccountSession).where(AccountSession.id == session_id).values(seen_at=now)
            )
    except DatabaseUnavailable:
        return  # the page is shown all the same, and the next request writes it


def _is_new_place(session: Session, user_id: int, address: str | None, now: datetime) -> bool:
    """Record the network of a sign-in; return whether it is new beside others of the account."""
    networks = list_networks(address)
    if not networks:
        return False
    network = get_sealer().digest(f"{user_id}:{networks[0]}", "account place")
    known = session.scalar(
        select(func.count()).select_from(AccountPlace).where(AccountPlace.user_id == user_id)
    )
    found = session.get(AccountPlace, (user_id, network))
    row = insert_into(session, AccountPlace).values(user_id=user_id, network=network, seen_at=now)
    session.execute(
        row.on_conflict_do_update(index_elements=["user_id", "network"], set_={"seen_at": now})
    )
    return found is None and bool(known)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
