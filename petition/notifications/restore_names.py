"""The names of mails to signers, which stay the same after a restore, unlike ids."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.journals.handovers import MailName
from petition.journals.marks import make_mark
from petition.models import Campaign, Mail, MailKind, Milestone, Signature
from petition.notifications.digests import list_together

CONFIRM = "confirm"


def name_confirmation(signature_id: int, digest: bytes | None, created_at: datetime) -> MailName:
    """Return the name of a signature's confirmation, the same for each attempt."""
    return MailName(CONFIRM, signature_id, make_mark(signature_id, digest, created_at))


def name_mail(session: Session, mail: Mail, signature: Signature) -> MailName:
    """Return the name of a mail.

    - An arrival is named by the codes of its letters, which a replay keeps; a successor by its
      slug; a link by the time of the request.
    """
    mark = make_mark(signature.id, signature.email_digest, signature.created_at)
    match mail.kind:
        case MailKind.DELIVERED:
            about = " ".join(
                session.scalars(
                    select(Milestone.code)
                    .join(Mail, Mail.about == Milestone.id)
                    .where(*list_together(mail))
                    .order_by(Mail.id)
                )
            )
        case MailKind.SUCCESSOR:
            about = session.get_one(Campaign, mail.about).slug
        case MailKind.LINK:
            about = mail.created_at.isoformat()
        case _:
            about = ""
    return MailName(mail.kind, signature.id, mark, about)
