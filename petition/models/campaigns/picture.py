"""The pictures of a campaign's page."""

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from petition.core.columns import PrimaryKey
from petition.core.database import Base


class CampaignPicture(Base):
    """A picture: that of the campaign (``section`` 0), or of the n-th section of its issues.

    - ``alt``: what it shows, in words, never empty (``ck_campaign_pictures_alt_said``).
    - ``content``: of the type ``media_type``, served from our own host. One for each section
      (``uq_campaign_pictures_campaign_id_section``).
    """

    __tablename__ = "campaign_pictures"
    __table_args__ = (
        UniqueConstraint("campaign_id", "section"),
        CheckConstraint("alt <> ''", name="alt_said"),
        CheckConstraint("section >= 0", name="section_counted"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    section: Mapped[int]
    alt: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(20))
