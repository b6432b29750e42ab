"""Campaign: one open letter with its step, its layers, its opening and closing."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, and_, false, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from petition.core.columns import PrimaryKey, one_of
from petition.core.database import Base
from petition.core.errors import NotFound
from petition.models.campaigns.bill import Bill, BillRelation, CampaignBill
from petition.models.campaigns.partner import CampaignOrganization, OrganizationRole
from petition.models.slug_problems import SlugProblem

# The name of a campaign or a group in URLs, fields and commands.
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
# Characters of a campaign's slug; the URLs of its pages accept no more.
SLUG_LIMIT = 100


class CampaignState(StrEnum):
    """Whether a campaign accepts signatures."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Stance(StrEnum):
    """What a letter asks of the bill that it is about."""

    SUPPORT = "support"
    OPPOSE = "oppose"
    ASK = "ask"  # something else, as its ask says


class CommentMode(StrEnum):
    """The words of its signers that a campaign prints."""

    REVIEWED = "reviewed"  # those that a person has read and allowed
    ALL = "all"  # also those that screening finds harmless, without a person reading them
    NONE = "none"  # none, and the form has no field for them


class ConsentSharing(StrEnum):
    """Whom a campaign asks for consent, for each organization that asks."""

    CHOSEN = "chosen"  # every signer may choose each organization
    OWN_LINK = "own-link"  # those who came by an organization's own link are asked for it alone


LONGEST_WAIT = 72  # hours


class Campaign(Base):
    """One open letter.

    - ``step``: signatures in one district that send the letter again (100).
    - ``layers``: the district layers that its signatures are counted in.
    - ``recipients``: by layer, the roles of the posts that receive its letters; in a layer that is
      not in it, every post of the district does.
    - ``opening``, ``letter`` and ``closing`` are Markdown with the whitelisted merge fields: under
      the count on the cover, the open letter itself, and above the names.
    - ``topic`` is the "Re:" line and the mail's subject.
    - ``ask``: the one sentence that the letter asks for, "" only if it was open before asks were
      required. ``position``: see Stance. ``deadline``: the day by which it is asked for.
    - ``contact``: ``person`` and ``telephone`` of whom an office may call; empty if nobody.
    - ``message``: the initial text of a signer's own words, to be edited. ``issues``: Markdown
      whose headings are the sections under the letter.
    - ``recent_shown``: how many recent participants are named, of those who chose to be; 0: none.
    - ``embed_origins``: the websites that may frame the embedded form. ``guards``: the protection
      against bots that differs from the service's own. ``accent``: a color (``#0b5a78``).
    - ``owners``: the senders of the letter, as people sign it; ``organization_address`` and
      ``organization_email`` are the addresses for answers to it.
    - ``bills``: the one that the letter is about, and related ones, which no page shows yet.
    - ``logo``: the slug of the organization whose logo is above the title.
    - ``successor``: the slug of the campaign that follows this one.
    - ``text_version``: of the text that people sign, increased with each change after the opening.
      9, what people sign is frozen once anyone has signed:
      ``campaigns_refuse_mending_signed``; nobody signs what they have not read:
      ``signatures_refuse_other_text``.
    - ``opens_at`` and ``closes_at``: None means no limit on that side.
    - ``confirm_email``: a signature waits for its signer to follow a mailed link.
      ``confirm_after_close``: that is still possible once the campaign is closed.
    - ``comments``: which words of signers are printed. ``comment_wait``: the hours for which a
      hundred waits for a person to read its words; 0: it does not wait.
    - ``closed_at``: when a person closed it; None while it is open, or if only its date did.
    - ``people_erased_at``: when the erasure of its signers began, long after its close
      (petition/retention/closed_campaigns.py); its counts and letters are kept. 2, one signature:
      an erased signer could sign again and be counted twice, so
      ``ck_campaigns_people_erased_closed`` prevents it from being opened again, and
      ``campaigns_refuse_people_back`` prevents this time from being unset.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of("state", CampaignState),
        CheckConstraint("step >= 1", name="step_positive"),
        one_of("comments", CommentMode),
        one_of("position", Stance),
        one_of("sharing", ConsentSharing),
        CheckConstraint(
            f"comment_wait >= 0 AND comment_wait <= {LONGEST_WAIT}", name="comment_wait_hours"
        ),
        CheckConstraint(
            "people_erased_at IS NULL OR state = 'closed'", name="people_erased_closed"
        ),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default=CampaignState.DRAFT)
    step: Mapped[int] = mapped_column(default=100)
    layers: Mapped[list[str]] = mapped_column(JSON)
    recipients: Mapped[dict[str, list[str]]] = mapped_column(
        JSON, default=dict, server_default=text("'{}'")
    )
    language: Mapped[str] = mapped_column(default="en")
    summary: Mapped[str] = mapped_column(default="")
    opening: Mapped[str] = mapped_column(default="")
    letter: Mapped[str]
    closing: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    position: Mapped[str] = mapped_column(
        String(8), default=Stance.ASK, server_default=Stance.ASK.value
    )
    ask: Mapped[str] = mapped_column(default="", server_default="")
    deadline: Mapped[date | None]
    contact: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    bills: Mapped[list[CampaignBill]] = relationship(
        order_by=CampaignBill.position, cascade="all, delete-orphan"
    )
    message: Mapped[str] = mapped_column(default="", server_default="")
    issues: Mapped[str] = mapped_column(default="", server_default="")
    video_url: Mapped[str | None]
    video_title: Mapped[str | None]
    accent: Mapped[str | None] = mapped_column(String(7))
    logo: Mapped[str | None]
    recent_shown: Mapped[int] = mapped_column(default=10, server_default="10")
    embed_origins: Mapped[list[str]] = mapped_column(
        JSON, default=list, server_default=text("'[]'")
    )
    sharing: Mapped[str] = mapped_column(
        String(8), default=ConsentSharing.CHOSEN, server_default="chosen"
    )
    guards: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    successor: Mapped[str | None]
    owners: Mapped[list[CampaignOrganization]] = relationship(
        primaryjoin=lambda: and_(
            Campaign.id == CampaignOrganization.campaign_id,
            CampaignOrganization.role == OrganizationRole.OWNER,
        ),
        order_by=CampaignOrganization.position,
        cascade="all, delete-orphan",
    )
    organization_address: Mapped[list[str]] = mapped_column(JSON, default=list)
    organization_email: Mapped[str | None]
    confirm_email: Mapped[bool] = mapped_column(default=True)
    comments: Mapped[str] = mapped_column(
        String(8), default=CommentMode.REVIEWED, server_default="reviewed"
    )
    comment_wait: Mapped[int] = mapped_column(default=0, server_default="0")
    confirm_after_close: Mapped[bool] = mapped_column(default=False, server_default=false())
    text_version: Mapped[int] = mapped_column(default=1, server_default="1")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    people_erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def owner_names(self) -> list[str]:
        """The names of the senders of the letter, as people sign them."""
        return [owner.name or "" for owner in self.owners]

    @owner_names.setter
    def owner_names(self, names: Sequence[str]) -> None:
        # Rows are renamed if possible: each change of a row sets another text_version.
        known = {owner.name: owner for owner in self.owners}
        free = [owner for owner in self.owners if owner.name not in names]
        found = []
        for position, name in enumerate(names):
            owner = known.get(name) or (free.pop() if free else CampaignOrganization())
            owner.role, owner.name, owner.position = OrganizationRole.OWNER, name, position
            found.append(owner)
        self.owners = found

    @property
    def organization(self) -> str:
        """The senders of the letter, as named on pages, in letters and in mails."""
        return " & ".join(self.owner_names)

    @organization.setter
    def organization(self, name: str) -> None:
        self.owner_names = [name]

    @property
    def subject(self) -> Bill | None:
        """The bill that the letter is about."""
        subjects = (link.bill for link in self.bills if link.relation == BillRelation.SUBJECT)
        return next(subjects, None)

    @property
    def bill_number(self) -> str | None:
        """The subject's number, as in ``S.1234``."""
        return self.subject.identifier if self.subject else None

    @property
    def bill_title(self) -> str | None:
        """The subject's title."""
        return self.subject.title if self.subject else None

    @property
    def bill_url(self) -> str | None:
        """The URL of the subject's text."""
        return self.subject.url if self.subject else None

    @property
    def bill_jurisdiction(self) -> str | None:
        """The jurisdiction of the subject."""
        return self.subject.jurisdiction if self.subject else None

    @property
    def bill_session(self) -> str | None:
        """The session in which the subject has its number."""
        return self.subject.session if self.subject else None

    @property
    def other_bills(self) -> list[dict[str, str | None]]:
        """The bills other than the subject, by the keys of a campaign's definition."""
        return [
            {
                "relation": link.relation,
                "jurisdiction": link.bill.jurisdiction,
                "session": link.bill.session,
                "number": link.bill.identifier,
                "title": link.bill.title,
                "url": link.bill.url,
            }
            for link in self.bills
            if link.relation != BillRelation.SUBJECT
        ]

    def is_open(self, now: datetime) -> bool:
        """Return whether it accepts signatures at ``now``."""
        return (
            self.state == CampaignState.OPEN
            and (self.opens_at is None or self.opens_at <= now)
            and (self.closes_at is None or now < self.closes_at)
        )

    def is_closed(self, now: datetime) -> bool:
        """Return whether it was open and no longer accepts signatures."""
        over = self.closes_at is not None and self.closes_at <= now
        return self.state == CampaignState.CLOSED or (self.state == CampaignState.OPEN and over)

    def takes_confirmations(self, now: datetime) -> bool:
        """Return whether a signature from before ``now`` still counts when it is confirmed."""
        return self.confirm_after_close or not self.is_closed(now)


def find_campaign_id(session: Session, slug: str) -> int:
    """Return the id of a campaign; raises NotFound."""
    found = session.scalar(select(Campaign.id).where(Campaign.slug == slug))
    if found is None:
        raise NotFound(SlugProblem.CAMPAIGN_UNKNOWN, slug=slug)
    return found
