"""A lost private link is mailed again, to the address that signed and to nobody else.

Whoever asks learns nothing: the answer and the work are the same whether the address signed or not.
"""

from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from petition.clock import utcnow
from petition.errors import InvalidInput
from petition.extensions import transaction
from petition.models import Campaign, CampaignState, Mail, MailKind, Signature, SignatureState
from petition.models.campaign import SLUG
from petition.models.signature import UNCOUNTED
from petition.sealing import get_sealer
from petition.signing.canonical import canonical_email, read_email
from petition.signing.mails.planning import plan

AGAIN_AFTER = timedelta(minutes=15)
GONE = (SignatureState.WITHDRAWN, SignatureState.EXPIRED)
NO_SIGNATURE = 0


def ask_for_link(slug: str, typed: str) -> None:
    """Plan the mail with the private link, if that address signed that campaign.

    - At most one in 15 minutes for a signature. Who has not confirmed yet gets the confirmation
      again, which carries the same link.
    - Raises InvalidInput where it is no address or no campaign, which says nothing of anyone.
    """
    email = read_email(typed)
    if email is None:
        raise InvalidInput({"email": gettext("Enter the e-mail address that you signed with.")})
    digest = get_sealer().digest(canonical_email(email), "email")
    now = utcnow()
    with transaction() as session:
        campaign_id = _find_campaign(session, slug)
        if campaign_id is None:
            raise InvalidInput({"campaign": gettext("Choose the letter that you signed.")})
        found = _find(session, campaign_id, digest)
        pending = found is not None and found.state == SignatureState.PENDING
        _mail_confirmation(session, found.id if found and pending else NO_SIGNATURE, now)
        _mail_link(session, found.id if found and not pending else NO_SIGNATURE, now)


def _find_campaign(session: Session, slug: str) -> int | None:
    if not SLUG.fullmatch(slug):
        return None  # a database refuses some of what may be typed
    return session.scalar(
        select(Campaign.id).where(Campaign.slug == slug, Campaign.state != CampaignState.DRAFT)
    )


def _find(session: Session, campaign_id: int, digest: bytes) -> Row[int, str] | None:
    """The live signature, or the last that has ended; both are looked for in either case."""
    columns = select(Signature.id, Signature.state).where(
        Signature.campaign_id == campaign_id, Signature.email_digest == digest
    )
    live = session.execute(columns.where(Signature.ended_at.is_(None))).one_or_none()
    ended = session.execute(
        columns.where(UNCOUNTED, Signature.state.in_(GONE)).order_by(Signature.id.desc()).limit(1)
    ).one_or_none()
    return live or ended


def _mail_confirmation(session: Session, signature_id: int, now: datetime) -> None:
    session.execute(
        update(Signature)
        .where(Signature.id == signature_id, Signature.mailed_at < now - AGAIN_AFTER)
        .values(mailed_at=None, due_at=now)
        .execution_options(synchronize_session=False)
    )


def _mail_link(session: Session, signature_id: int, now: datetime) -> None:
    session.execute(
        update(Mail)
        .where(
            Mail.signature_id == signature_id,
            Mail.kind == MailKind.LINK,
            Mail.created_at < now - AGAIN_AFTER,
        )
        .values(created_at=now, due_at=now, sent_at=None, tries=0)
        .execution_options(synchronize_session=False)
    )
    signer = select(Signature.id).where(Signature.id == signature_id)
    plan(session, signer, MailKind.LINK, now)
