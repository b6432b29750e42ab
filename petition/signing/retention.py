"""Let go of people who never came to count: expired, or taken for a robot.

Nobody who was wrongly rejected has a link to erase themselves by, and who never confirmed may never
have signed at all.
"""

from datetime import timedelta

from sqlalchemy import select

from petition.clock import utcnow
from petition.extensions import db
from petition.models import Campaign, Signature, SignatureState
from petition.models.signature import UNCOUNTED
from petition.signing.withdraw import erase_row, forget_mails

# Long enough to look into an attack, or into "I never got the mail".
KEPT_FOR = timedelta(days=30)
ERASED_AT_ONCE = 500
STATES = (SignatureState.EXPIRED, SignatureState.REJECTED)


def erase_forgotten(limit: int = ERASED_AT_ONCE) -> int:
    """Erase up to ``limit`` signatures that ended so more than 30 days ago; return how many."""
    before = utcnow() - KEPT_FOR
    found: list[int] = []
    # Campaign by campaign, as the index of what is not counted has them.
    for campaign_id in db.session.scalars(select(Campaign.id)).all():
        ended = select(Signature.id).where(
            Signature.campaign_id == campaign_id,
            Signature.state.in_(STATES),
            Signature.ended_at < before,
            UNCOUNTED,
        )
        found += db.session.scalars(ended.limit(limit - len(found))).all()
        if len(found) >= limit:
            break
    if found:
        forget_mails(frozenset(found))
    for signature_id in found:
        erase_row(signature_id, actor="retention")
    return len(found)
