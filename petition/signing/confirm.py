"""Confirm: a signer proves that the address is theirs. Looking changes nothing, acting does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import select, update

from petition.clock import utcnow
from petition.errors import TokenExpired
from petition.extensions import db, transaction
from petition.models import Campaign, Signature, SignatureState
from petition.models.states import ENDED
from petition.signing.tokens import Purpose, read_token


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirmation link is about; ``layers``, ``recipients``, ``step``: the campaign's."""

    campaign_slug: str
    campaign_title: str
    layers: Sequence[str]
    recipients: Mapping[str, Sequence[str]]
    step: int
    already: bool


def look(token: str, purpose: Purpose = Purpose.CONFIRM) -> Confirmation:
    """Return what the link would confirm; mail scanners follow links, so this changes nothing.

    - ``purpose``: the link's. Whoever has a private link was mailed it as well.
    - Raises TokenRefused, or TokenExpired where the signature has ended meanwhile.
    """
    signature_id = read_token(token, purpose)
    row = db.session.execute(
        select(
            Signature.state,
            Campaign.slug,
            Campaign.title,
            Campaign.layers,
            Campaign.recipients,
            Campaign.step,
        )
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None or row.state in ENDED:
        raise TokenExpired(gettext("This signature is no longer there. You can sign again."))
    return Confirmation(
        campaign_slug=row.slug,
        campaign_title=row.title,
        layers=row.layers,
        recipients=row.recipients,
        step=row.step,
        already=row.state != SignatureState.PENDING,
    )


def confirm(token: str, purpose: Purpose = Purpose.CONFIRM) -> Confirmation:
    """Confirm the signature, which is then due to be located; a second time changes nothing.

    - ``purpose``: as in ``look``. Raises TokenRefused or TokenExpired.
    """
    signature_id = read_token(token, purpose)
    now = utcnow()
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == signature_id, Signature.state == SignatureState.PENDING)
            .values(state=SignatureState.CONFIRMED, confirmed_at=now, due_at=now, tries=0)
        )
    return look(token, purpose)
