"""The mailboxes whose words a person has struck in a campaign."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.database import Base


class StruckMailbox(Base):
    """A mailbox of which staff have struck words in a campaign: its later words are read first.

    - A letter prints allowed words only: whatever the campaign's setting, screening alone allows no
      words of this mailbox, neither edited ones nor those of another signing. A person decides.
    - The database writes the rows, so that no code can forget to: ``signatures_remember_struck``
      adds one when words are struck, ``signatures_forget_struck`` deletes it with the last
      signature of the mailbox that is erased. ``signatures_withhold_words_at_insert`` and
      ``signatures_withhold_words_at_update`` let words that screening allowed wait instead.
    - ``struck_mailboxes_refuse_update`` and ``struck_mailboxes_refuse_delete`` keep a row while the
      mailbox has a signature in the campaign, also one that was withdrawn.
    - ``email_digest``: as in ``signatures``. ``struck_at``: the first time. No other campaign reads
      it, also none that follows this one.
    """

    __tablename__ = "struck_mailboxes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    email_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    struck_at: Mapped[datetime]
