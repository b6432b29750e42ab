"""The keys of an endpoint: made with it, and replaced with an overlap."""

import os
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.columns import ROW_SECRET_BYTES
from petition.core.errors import InvalidInput, Problem, SealBroken
from petition.core.extensions import transaction
from petition.models import SigningKey, WebhookEndpoint, WebhookKey, WebhookSigning
from petition.partners.webhooks.endpoint_rows import find_endpoint
from petition.partners.webhooks.signing import HookSigner, describe_key, make_key
from petition.partners.webhooks.webhook_problems import WebhookProblem

OVERLAPS = (24, 0)  # hours for which a replaced key still signs
# With the current one: each signature makes the header longer.
MOST_KEYS = 3


def add_key(session: Session, endpoint: WebhookEndpoint) -> str:
    """Add a key to an endpoint that has none without an end; return what is shown of it, once."""
    signer = HookSigner(
        WebhookSigning(endpoint.signing), make_key(WebhookSigning(endpoint.signing))
    )
    bound_to = os.urandom(ROW_SECRET_BYTES)
    session.add(
        WebhookKey(
            endpoint_id=endpoint.id,
            secret=SigningKey(signer.key, bound_to),
            bound_to=bound_to,
            created_at=utcnow(),
        )
    )
    session.flush()
    return describe_key(signer)


def rotate_key(
    organization_id: int, endpoint_id: int, *, actor: str, overlap_hours: int = OVERLAPS[0]
) -> str:
    """Replace an endpoint's key; return what is shown of the new one, once.

    - What is sent within the overlap is signed with both. With 0 hours every older key ends now.
    - Raises NotFound; InvalidInput for an overlap that is not in OVERLAPS.
    """
    if overlap_hours not in OVERLAPS:
        raise InvalidInput({"overlap": Problem(WebhookProblem.OVERLAP_UNKNOWN)})
    with transaction() as session:
        endpoint = find_endpoint(session, organization_id, endpoint_id, lock=True)
        now = utcnow()
        _end_keys(session, endpoint.id, now, overlap_hours)
        shown = add_key(session, endpoint)
        detail = {"overlap": overlap_hours}
        record(session, "webhook.rotated", "webhook", endpoint.id, actor=actor, detail=detail)
        return shown


def list_signers(session: Session, endpoint: WebhookEndpoint, now: datetime) -> list[HookSigner]:
    """Return the keys that sign now, the newest first; raises SealBroken if one does not open."""
    keys = session.scalars(_select_keys(endpoint.id, now).order_by(WebhookKey.id.desc())).all()
    return [HookSigner(WebhookSigning(endpoint.signing), key.secret.key) for key in keys]


def find_public_key(session: Session, endpoint: WebhookEndpoint) -> str | None:
    """Return the current public key, which is no secret; None for a symmetric or damaged one."""
    if endpoint.signing != WebhookSigning.ED25519:
        return None
    try:
        return describe_key(list_signers(session, endpoint, utcnow())[0])
    except SealBroken:
        return None


def count_old_keys(session: Session, endpoint_id: int) -> int:
    """Return how many replaced keys still sign."""
    query = select(func.count()).where(
        WebhookKey.endpoint_id == endpoint_id, WebhookKey.expires_at > utcnow()
    )
    return session.scalar(query) or 0


def forget_keys() -> int:
    """Delete the keys that do not sign any more; return how many."""
    with transaction() as session:
        ended = select(WebhookKey.id).where(WebhookKey.expires_at <= utcnow())
        ids = session.scalars(ended).all()
        session.execute(delete(WebhookKey).where(WebhookKey.id.in_(ids)))
        return len(ids)


def _end_keys(session: Session, endpoint_id: int, now: datetime, overlap_hours: int) -> None:
    keys = session.scalars(_select_keys(endpoint_id, now).order_by(WebhookKey.id.desc())).all()
    for place, key in enumerate(keys):
        if overlap_hours == 0 or place >= MOST_KEYS - 1:
            session.delete(key)
        elif key.expires_at is None:
            key.expires_at = now + timedelta(hours=overlap_hours)
    session.flush()


def _select_keys(endpoint_id: int, now: datetime) -> Select[WebhookKey]:
    in_force = or_(WebhookKey.expires_at.is_(None), WebhookKey.expires_at > now)
    return select(WebhookKey).where(WebhookKey.endpoint_id == endpoint_id, in_force)
