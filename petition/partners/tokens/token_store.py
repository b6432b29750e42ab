"""Make, rotate, revoke and list the tokens of an organization."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem
from petition.core.extensions import db, transaction
from petition.models import ApiToken
from petition.models.api.api_token import LONGEST_TOKEN_NAME
from petition.partners.tokens.scopes import TokenScope, read_scopes, write_scopes
from petition.partners.tokens.token_problems import TokenProblem

HEAD = "hdt_"
SECRET_BYTES = 32
PREFIX = len(HEAD) + 6  # characters that are shown again
USUAL_DAYS, MOST_DAYS = 365, 730
# How long a token that was replaced still works, in hours.
USUAL_OVERLAP, MOST_OVERLAP = 24, 168
MOST_TOKENS = 50  # in force, of one organization


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made; ``secret`` is shown once, and never stored."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as it is listed; ``ended``: revoked or expired. ``replaced``: by a newer one."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[TokenScope]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    ended: bool
    replaced: bool


def create_token(
    organization_id: int,
    name: str,
    scopes: Collection[str],
    *,
    actor: str,
    days: int = USUAL_DAYS,
) -> NewToken:
    """Make a token for an organization.

    - ``scopes``: names of TokenScope. ``days``: until it expires.
    - Raises InvalidInput with the problem of each field.
    """
    name = " ".join(name.split())
    chosen = _check(name, scopes, days)
    with transaction() as session:
        now = utcnow()
        in_force = select(func.count()).where(
            ApiToken.organization_id == organization_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
        )
        if (session.scalar(in_force) or 0) >= MOST_TOKENS:
            raise InvalidInput({"name": Problem(TokenProblem.MANY, {"most": MOST_TOKENS})})
        expires_at = now + timedelta(days=days)
        return _store(session, organization_id, name, write_scopes(chosen), expires_at, now, actor)


def rotate_token(
    organization_id: int, token_id: int, *, actor: str, overlap_hours: int = USUAL_OVERLAP
) -> NewToken:
    """Make a token in place of another; that one ends after the overlap.

    - The new one has the name, the scopes and the whole life that the other was made with.
    - Raises NotFound, or InvalidInput if it has ended, or was replaced before.
    """
    if not 0 <= overlap_hours <= MOST_OVERLAP:
        raise ValueError(f"an overlap is 0 to {MOST_OVERLAP} hours")
    with transaction() as session:
        now = utcnow()
        old = _lock(session, organization_id, token_id)
        if old.revoked_at is not None or old.expires_at <= now:
            raise InvalidInput({"token": Problem(TokenProblem.ENDED)})
        replaced = select(ApiToken.id).where(ApiToken.replaces == old.id)
        if session.scalar(replaced) is not None:
            raise InvalidInput({"token": Problem(TokenProblem.REPLACED)})
        life = old.expires_at - old.created_at
        old.expires_at = min(old.expires_at, now + timedelta(hours=overlap_hours))
        made = _store(
            session, organization_id, old.name, old.scopes, now + life, now, actor, old.id
        )
        record(session, "token.replaced", "token", old.id, actor=actor, detail={"by": made.id})
        return made


def revoke_token(organization_id: int, token_id: int, *, actor: str) -> bool:
    """End a token at once; return whether it was in force. Raises NotFound."""
    with transaction() as session:
        token = _lock(session, organization_id, token_id)
        if token.revoked_at is not None:
            return False
        token.revoked_at = utcnow()
        record(session, "token.revoked", "token", token.id, actor=actor)
        return True


def list_tokens(organization_id: int) -> list[TokenLine]:
    """Return an organization's tokens, those in force first, then the latest first."""
    now = utcnow()
    rows = db.session.scalars(
        select(ApiToken)
        .where(ApiToken.organization_id == organization_id)
        .order_by(ApiToken.id.desc())
    ).all()
    replaced = {row.replaces for row in rows}
    lines = [_describe(row, now, row.id in replaced) for row in rows]
    return sorted(lines, key=lambda line: line.ended)


def hash_token(secret: str) -> bytes:
    """Return the hash by which a token is found.

    - 256 random bits need no slow hash: nobody guesses them.
    """
    return sha256(secret.encode()).digest()


def _check(name: str, scopes: Collection[str], days: int) -> frozenset[TokenScope]:
    problems: dict[str, Problem] = {}
    if not name or not name.isprintable():
        problems["name"] = Problem(TokenProblem.NAME_MISSING)
    elif len(name) > LONGEST_TOKEN_NAME:
        problems["name"] = Problem(TokenProblem.NAME_LONG, {"most": LONGEST_TOKEN_NAME})
    known = {scope.value for scope in TokenScope}
    if not scopes:
        problems["scopes"] = Problem(TokenProblem.NO_SCOPE)
    elif not known.issuperset(scopes):
        problems["scopes"] = Problem(TokenProblem.SCOPE_UNKNOWN)
    if not 1 <= days <= MOST_DAYS:
        problems["days"] = Problem(TokenProblem.LIFE_LONG, {"most": MOST_DAYS})
    if problems:
        raise InvalidInput(problems)
    return frozenset(map(TokenScope, scopes))


def _store(
    session: Session,
    organization_id: int,
    name: str,
    scopes: str,
    expires_at: datetime,
    now: datetime,
    actor: str,
    replaces: int | None = None,
) -> NewToken:
    secret = HEAD + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        organization_id=organization_id,
        name=name,
        digest=hash_token(secret),
        prefix=secret[:PREFIX],
        scopes=scopes,
        created_by=actor,
        created_at=now,
        expires_at=expires_at,
        replaces=replaces,
    )
    session.add(token)
    session.flush()
    detail: dict[str, str | int] = {"organization": organization_id, "scopes": scopes}
    record(session, "token.created", "token", token.id, actor=actor, detail=detail)
    return NewToken(token.id, secret)


def _lock(session: Session, organization_id: int, token_id: int) -> ApiToken:
    """Return a token of this organization, locked; raises NotFound, also for another's."""
    query = select(ApiToken).where(
        ApiToken.id == token_id, ApiToken.organization_id == organization_id
    )
    token = session.scalar(query.with_for_update())
    if token is None:
        raise NotFound(TokenProblem.NOT_FOUND)
    return token


def _describe(row: ApiToken, now: datetime, replaced: bool) -> TokenLine:
    return TokenLine(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=read_scopes(row.scopes),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        ended=row.revoked_at is not None or row.expires_at <= now,
        replaced=replaced,
    )
