"""ReplyConsent: that the office which gets a letter may write back to one of its signers."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId
from petition.core.database import Base


class ReplyConsent(Base):
    """7, no consent, no data: the row that lets offices have a signer's ZIP code and e-mail.

    - ``wording``: what the signer read when they gave it, in the language of their page.
    - ``shared_at``: when a letter first began to go with them in its file; None before. It stays
      when the consent is withdrawn or given again: what was sent cannot be taken back.
    """

    __tablename__ = "reply_consents"

    signature_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("signatures.id"), primary_key=True, autoincrement=False
    )
    wording: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    shared_at: Mapped[datetime | None]
