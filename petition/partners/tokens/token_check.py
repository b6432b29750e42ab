"""Whose token a request has, and what it allows."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from petition.core.clock import utcnow
from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.models import ApiToken, Organization
from petition.partners.tokens.scopes import TokenScope, read_scopes
from petition.partners.tokens.standing import is_in_good_standing
from petition.partners.tokens.token_store import hash_token

log = get_logger(__name__)
TOKEN = re.compile(r"hdt_[A-Za-z0-9_-]{43}", re.ASCII)


class TokenState(StrEnum):
    """Whether a token is taken. One that is unknown, expired or revoked is told alike."""

    VALID = "valid"
    REFUSED = "refused"
    SUSPENDED = "suspended"  # its organization may not use the API now


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whose token it is: ``actor`` in events and accesses."""

    token_id: int
    organization_id: int
    slug: str
    scopes: frozenset[TokenScope]

    @property
    def actor(self) -> str:
        """The token as the actor of what it does: ``token:7``."""
        return f"token:{self.token_id}"


def check_token(secret: str) -> tuple[TokenState, TokenHolder | None]:
    """Return whether a token is taken, and its holder if it is valid.

    - Notes its use, to the hour.
    """
    if not TOKEN.fullmatch(secret):
        return TokenState.REFUSED, None
    digest, now = hash_token(secret), utcnow()
    row = db.session.execute(
        select(ApiToken, Organization.slug, is_in_good_standing().label("stands"))
        .join(Organization, Organization.id == ApiToken.organization_id)
        .where(ApiToken.digest == digest)
    ).one_or_none()
    if row is None or not compare_digest(row.ApiToken.digest, digest):
        return TokenState.REFUSED, None
    token: ApiToken = row.ApiToken
    if token.revoked_at is not None or token.expires_at <= now:
        return TokenState.REFUSED, None
    if not row.stands:
        return TokenState.SUSPENDED, None
    holder = TokenHolder(token.id, token.organization_id, row.slug, read_scopes(token.scopes))
    _note_use(token, now)
    return TokenState.VALID, holder


def _note_use(token: ApiToken, now: datetime) -> None:
    """Write the hour of the use once in it; a use that cannot be written is a use all the same."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if token.last_used_at is not None and token.last_used_at >= hour:
        return
    number = token.id
    try:
        with transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == number).values(last_used_at=hour))
    except (DatabaseUnavailable, DBAPIError) as error:
        log.warning("token.use_not_written", error=type(error).__name__)
