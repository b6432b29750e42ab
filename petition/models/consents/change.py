"""ConsentChange: one line of the stream by which an organization follows its consents."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigPrimaryKey, one_of, partial_index
from petition.core.database import Base


class ConsentChangeKind(StrEnum):
    """What happened to a person whom an organization could see."""

    GIVEN = "given"  # from now on they can be seen
    WITHDRAWN = "withdrawn"  # the consent, or the signature; also one that staff rejected
    ERASED = "erased"  # what was kept of them is to be deleted
    BOUNCED = "bounced"  # their address is unreachable
    CORRECTED = "corrected"  # name, town, address or words are others, or they can be reached again


class ConsentChange(Base):
    """A change of a consent that its organization could see, or could until then.

    - Inserted by triggers (``consents_note_*``, ``signatures_note_*``) in the transaction of the
      change, whatever code makes it; ids only, nothing personal. Never deleted, and changed only to
      be numbered (``consent_changes_refuse_delete``, ``consent_changes_refuse_rewrite``).
    - ``number``: its place in the stream of the organization, from 1; None until it is numbered,
      after the commit, by one writer (petition/partners/consents/numbering.py).
      ``uq_consent_changes_organization_id_number``: no number twice. ``consent_changes_refuse_gap``
      and ``consent_changes_refuse_early_number``: none is left out.
    """

    __tablename__ = "consent_changes"
    __table_args__ = (
        one_of("kind", ConsentChangeKind),
        UniqueConstraint("organization_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        partial_index("ix_consent_changes_unnumbered", "id", where="number IS NULL"),
    )

    id: Mapped[BigPrimaryKey]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(9))
    at: Mapped[datetime]
    number: Mapped[int | None]
