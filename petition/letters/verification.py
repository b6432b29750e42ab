"""Verification: the public data of letters that were sent, which is all except the names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.letters.letter_problems import LetterProblem
from petition.letters.outcome import AnyRow, LetterOutcome, find_sending, group_by_id, judge_fate
from petition.models import Campaign, Delivery, District, Letter, Milestone, Post

# Characters that are misread or mistyped for those of a code (Crockford's base 32).
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LONGEST_CODE = 16


@dataclass(frozen=True, slots=True)
class PostedLetter:
    """The PDF for one post.

    - ``sha256``, ``pages`` and ``names`` are None until it is made.
    - ``dated``: the date printed on it. ``sent_at``: when it was accepted, None until then.
    """

    post: str
    is_body: bool
    fate: LetterOutcome
    sha256: str | None
    pages: int | None
    size: int | None
    names: int | None
    dated: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConfirmedLetter:
    """The data of a letter's public page.

    - ``total``: how many had signed in the district when the milestone was reached.
    """

    code: str
    campaign_slug: str
    campaign_title: str
    campaign_language: str
    organization: str
    layer: str
    geoid: str
    district: str
    state: str
    number: int
    total: int
    reached_at: datetime
    posted: list[PostedLetter]


def read_letter(code: str) -> ConfirmedLetter:
    """Return the public data of the letter with a code, which is normalized first.

    - Raises NotFound.
    """
    row = db.session.execute(
        select(Milestone, Campaign, District)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .join(District, District.id == Milestone.district_id)
        .where(Milestone.code == clean_code(code))
    ).one_or_none()
    if row is None:
        raise NotFound(LetterProblem.CODE_UNKNOWN)
    milestone, campaign, district = row
    return ConfirmedLetter(
        code=milestone.code,
        campaign_slug=campaign.slug,
        campaign_title=campaign.title,
        campaign_language=campaign.language,
        organization=campaign.organization,
        layer=district.layer,
        geoid=district.geoid,
        district=district.name,
        state=district.state,
        number=milestone.number,
        total=milestone.threshold,
        reached_at=milestone.reached_at,
        posted=_list_posted(milestone.id),
    )


def clean_code(typed: str) -> str:
    """Return a code as it is stored: in capitals, without hyphens, look-alikes replaced.

    - Empty, which is the code of no letter, for text that cannot be a code.
    """
    code = typed.upper().translate(MISREAD)
    return code if code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE else ""


def _list_posted(milestone_id: int) -> list[PostedLetter]:
    rows = db.session.execute(
        select(
            Post.id,
            Post.title,
            Post.is_body,
            Delivery.state,
            Delivery.channel,
            Delivery.settled_at,
            Letter,
        )
        .select_from(Delivery)
        .join(Post, Post.id == Delivery.post_id)
        .outerjoin(Letter, Letter.id == Delivery.letter_id)
        .where(Delivery.milestone_id == milestone_id)
        .order_by(Post.id, Delivery.id)
    ).all()
    return [_describe_posted(group) for group in group_by_id(rows)]


def _describe_posted(rows: list[AnyRow]) -> PostedLetter:
    """Describe one post's letter from its deliveries, one for each channel."""
    letter: Letter | None = next((row.Letter for row in rows if row.Letter is not None), None)
    return PostedLetter(
        post=rows[0].title,
        is_body=rows[0].is_body,
        fate=judge_fate((row.state, row.channel) for row in rows),
        sha256=letter.sha256 if letter else None,
        pages=letter.pages if letter else None,
        size=letter.size if letter else None,
        names=letter.names if letter else None,
        dated=letter.rendered_at if letter else None,
        sent_at=find_sending(rows),
    )
