"""Replaces a signer's links: all earlier ones become invalid, and a new one is mailed."""

from sqlalchemy import func, select, update

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import TokenRefused
from petition.core.extensions import transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import MailKind, Signature
from petition.models.signatures.signature import make_link_secret
from petition.notifications.mail_plans import plan_again
from petition.signers.signer_problems import SignerProblem
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.location_questions import end_questions

# Signatures to which a new link can be mailed: unconfirmed answers may be a stranger's.
RENEWABLE = (
    Signature.seat.is_not(None) & Signature.person.is_not(None) & Signature.unreachable_at.is_(None)
)


def renew_links(token: str) -> None:
    """Invalidate every link of the signature and plan the mail with a new one.

    - Raises TokenRefused if the mailbox is not confirmed or is unreachable: the signer would lose
      the only link.
    - Unsubscribe links of earlier mails become invalid too; each new mail has a new one.
    """
    signature_id = read_token(token, LinkPurpose.STATUS)
    now = utcnow()
    with transaction() as session:
        end_questions(session, signature_id)
        renewed = session.scalars(
            update(Signature)
            .where(Signature.id == signature_id, RENEWABLE)
            .values(
                link_secret=make_link_secret(),
                # The sealed person is not sealed again: it stays bound to the first secret.
                bound_to=func.coalesce(Signature.bound_to, Signature.link_secret),
            )
            .returning(Signature.id)
        ).all()
        if not renewed:
            raise TokenRefused(SignerProblem.LINK_NOT_MAILABLE)
        signers = select(Signature.id).where(Signature.id == signature_id)
        plan_again(session, signers, MailKind.LINK, now, before=now)
        wake_after_commit(session, Stage.MAIL)
        record(session, "signature.links_renewed", "signature", signature_id, actor="signer")
