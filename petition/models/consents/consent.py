"""Consent: what one signer allowed one organization."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import BigId, PrimaryKey, partial_index
from petition.core.database import Base

IN_FORCE = text("withdrawn_at IS NULL")
UNPLACED = text("unplaced")
PLACED = text("latitude IS NOT NULL")
LONGEST_SOURCE = 80
_SOURCES = " OR ".join(
    ["source IN ('form', 'after', 'private')"]
    + [
        f"(substr(source, 1, {len(head)}) = '{head}' AND length(source) > {len(head)})"
        for head in ("link:", "import:", "api:")
    ]
)


class Consent(Base):
    """7, no consent, no data: the row that lets one organization see one signer for one purpose.

    - ``campaign_id``, ``organization_id``, ``purpose``: the offer's, by a foreign key with all
      four; ``consents_refuse_other_campaign`` compares the signature's campaign. The row is never
      deleted, and is always about the same (``consents_refuse_delete``,
      ``consents_refuse_rewrite``): a withdrawal is a time in it.
    - ``source``: where it was last given: ``form``, ``after`` (the page after signing), ``private``
      (the signer's own page), ``link:<slug>`` (the form, by the link of a group),
      ``import:<batch>``, ``api:<token id>``; None: not known.
    - ``consents_refuse_other_link``, ``consents_refuse_other_link_again``: where organizations
      share by their own link, a consent is given by that of its organization, and by nothing else.
    - ``withdrawn_by``: who ended it in place of its signer: ``token:<id>``, a program of the
      organization that reported that the signer asked it to be erased; None for all others.
    - ``latitude``, ``longitude``: the center of the H3 cell (resolution 7, about 5 square
      kilometers) of the signature, in degrees, for look-ups of those near a place. Only while it
      can be looked up: for ``contact``, in force, with the signature live, its mailbox proved and
      its cell known (``consents_refuse_place``); triggers empty both at once when that ends.
      ``unplaced``: these are to be filled; triggers set it, ``place_consents`` fills them.
    """

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("signature_id", "offer_id"),
        ForeignKeyConstraint(
            ["offer_id", "campaign_id", "organization_id", "purpose"],
            [
                "consent_offers.id",
                "consent_offers.campaign_id",
                "consent_offers.organization_id",
                "consent_offers.purpose",
            ],
        ),
        CheckConstraint(_SOURCES, name="source_known"),
        CheckConstraint(
            "withdrawn_by IS NULL OR withdrawn_at IS NOT NULL", name="ended_by_another"
        ),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place_whole"),
        CheckConstraint("latitude IS NULL OR purpose = 'contact'", name="place_for_contact"),
        partial_index("ix_consents_near", "organization_id", "latitude", "longitude", where=PLACED),
        partial_index("ix_consents_in_force", "organization_id", "purpose", "id", where=IN_FORCE),
        partial_index("ix_consents_unplaced", "id", where=UNPLACED),
    )

    id: Mapped[PrimaryKey]
    signature_id: Mapped[int] = mapped_column(BigId, ForeignKey("signatures.id"))
    offer_id: Mapped[int]
    campaign_id: Mapped[int]
    organization_id: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(LONGEST_SOURCE))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    unplaced: Mapped[bool] = mapped_column(default=False, server_default=false())
