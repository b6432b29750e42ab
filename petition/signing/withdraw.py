"""Withdraw, erase, unsubscribe: a signer's own ways out. Each may be done twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import update

from petition.clock import utcnow
from petition.errors import TokenRefused
from petition.extensions import transaction
from petition.models import Signature, SignatureState
from petition.models.states import LIVE, SIGNATURE_TRANSITIONS
from petition.signing.tokens import Purpose, read_token
from petition.trail import record


def withdraw(token: str) -> int:
    """Withdraw the signature of a status link and return its campaign's id.

    - It is due at once to be taken out of the tallies; no letter made from now on names it.
    """
    return withdraw_signature(read_token(token, Purpose.STATUS))


def withdraw_signature(signature_id: int, actor: str = "signer") -> int:
    """Withdraw one signature and return its campaign's id; raises TokenRefused where none is."""
    now = utcnow()
    values = {"state": SignatureState.WITHDRAWN, "ended_at": now, "due_at": now}
    return _end(signature_id, LIVE, values, "signature.withdrawn", actor)


def erase(token: str) -> int:
    """Erase all that is known of the signer of a status link and return the campaign's id.

    - Letters already made keep their names: they are in an office's hands.
    """
    return erase_signature(read_token(token, Purpose.STATUS))


def erase_signature(signature_id: int, actor: str = "signer") -> int:
    """Erase one signature's person and return its campaign's id."""
    now = utcnow()
    erasable = tuple(
        state for state, after in SIGNATURE_TRANSITIONS.items() if SignatureState.ERASED in after
    )
    values: dict[str, Any] = {
        "state": SignatureState.ERASED,
        "person": None,
        "email_digest": None,
        "cell": None,
        "ended_at": now,
        "due_at": now,
    }
    return _end(signature_id, erasable, values, "signature.erased", actor)


def unsubscribe(token: str) -> None:
    """Send this signer no more mail; RFC 8058's one click comes here too."""
    signature_id = read_token(token, Purpose.UNSUBSCRIBE)
    now: datetime = utcnow()
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == signature_id, Signature.unsubscribed_at.is_(None))
            .values(unsubscribed_at=now)
        )


def _end(
    signature_id: int,
    states: tuple[SignatureState, ...],
    values: dict[str, Any],
    action: str,
    actor: str,
) -> int:
    with transaction() as session:
        changed: int | None = session.scalar(
            update(Signature)
            .where(Signature.id == signature_id, Signature.state.in_(states))
            .values(values)
            .returning(Signature.campaign_id)
        )
        if changed is not None:
            record(session, action, "signature", signature_id, actor=actor)
            return changed
        signature = session.get(Signature, signature_id)
        if signature is None:
            raise TokenRefused("This link is not valid.")
        return signature.campaign_id
