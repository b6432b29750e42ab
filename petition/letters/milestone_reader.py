"""Reads the content of the letters of one milestone from the database, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.core.extensions import get_settings
from petition.letters import content as page
from petition.letters.words.address_words import say_address
from petition.models import (
    Campaign,
    District,
    LedgerEntry,
    Milestone,
    Organization,
    Person,
    Post,
    Signature,
)
from petition.models.officials.post import Addressee, load_addressing
from petition.moderation.printable_words import Words
from petition.postal.time_zones import find_day
from petition.replies.reply_list import ReplyList

EARLIER = 3  # letters that are named, a line of the cover


class LetterMember(NamedTuple):
    """A signer named in a letter, with the rank among all who joined in the district."""

    ordinal: int
    person: Person
    signature_id: int


def read_members(session: Session, milestone: Milestone) -> list[LetterMember]:
    """Return the signers named in the letter, in order.

    - A signer who moved away after the milestone was sealed is still named, since they lived there
      at that time. One who moved before is not.
    - One who moved away and returned is named once, at their first rank.
    """
    rows = session.execute(
        select(
            LedgerEntry.ordinal,
            Signature.person,
            LedgerEntry.signature_id,
        )
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(milestone.carries(), Signature.ended_at.is_(None))
        .order_by(LedgerEntry.ordinal)
    )
    once: dict[int, LetterMember] = {}
    for ordinal, person, signature_id in rows:
        once.setdefault(signature_id, LetterMember(ordinal, cast(Person, person), signature_id))
    return list(once.values())


def count_gone(session: Session, milestone: Milestone) -> int:
    """Return how many signers have left and are not yet removed from the milestone's count."""
    return session.scalars(
        select(func.count())
        .select_from(LedgerEntry)
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .where(
            milestone.carries(),
            Signature.ended_at.is_not(None),
            LedgerEntry.left_at.is_(None),
        )
    ).one()


def address_posts(
    session: Session, post_ids: Iterable[int], today: date
) -> dict[int, Addressee | None]:
    """Return the addressee of a letter to each post today; None for a vacant seat."""
    posts = session.scalars(
        select(Post)
        .where(Post.id.in_(list(post_ids)))
        .options(*load_addressing())
        .order_by(Post.id)
    )
    return {post.id: post.address(today) for post in posts}


def read_contents(
    session: Session,
    milestone: Milestone,
    members: Sequence[LetterMember],
    words: Words,
    replies: ReplyList,
    addressees: Iterable[Addressee],
    now: datetime,
) -> list[page.LetterContent]:
    """Return the content of the letter to each addressee; only the addressee differs.

    - Its days are those of the district's state: a letter made in the evening is dated that day.
    """
    settings = get_settings()
    campaign, district = milestone.campaign, milestone.district
    today = find_day(now, district.state)
    return [
        page.LetterContent(
            organization=_read_organization(session, campaign),
            campaign_title=campaign.title,
            opening=campaign.opening,
            body=campaign.letter,
            closing=campaign.closing,
            topic=campaign.topic or None,
            ask=campaign.ask,
            position=campaign.position,
            deadline=campaign.deadline,
            contact=_read_contact(campaign),
            wants_reply=len(replies.signature_ids),
            earlier=_list_earlier(session, milestone),
            bill=_read_bill(campaign),
            language=campaign.language,
            page_size=page.PageSize(settings.page_size),
            district=page.LetterDistrict(
                district.say(campaign.language), district.layer, district.state_name
            ),
            addressee=read_addressee(addressee, campaign.language),
            total=milestone.threshold,
            since=_find_first_day(session, milestone) or today,
            dated=today,
            code=milestone.code,
            verify_url=f"{settings.public_url}/letters/{milestone.code}",
            signers=tuple(
                page.Signer(one.ordinal, one.person.name, one.person.locality) for one in members
            ),
            comments=tuple(
                page.Comment(one.name, one.locality, one.text, one.others) for one in words.printed
            ),
            unprinted=words.rest,
        )
        for addressee in addressees
    ]


def _read_organization(session: Session, campaign: Campaign) -> page.LetterOrganization:
    return page.LetterOrganization(
        name=campaign.organization,
        address=tuple(campaign.organization_address),
        reply_to=campaign.organization_email,
        web=get_settings().public_url,
        mark=read_mark(session, campaign.logo),
    )


def read_mark(session: Session, slug: str | None) -> page.Mark | None:
    """Return the logo of the organization with that slug; None if there is none."""
    row = session.execute(
        select(Organization.logo, Organization.logo_type).where(Organization.slug == slug)
    ).one_or_none()
    if row is None or row.logo is None or row.logo_type is None:
        return None
    return page.Mark(bytes(row.logo), row.logo_type)


def read_addressee(addressee: Addressee, language: str) -> page.LetterAddressee:
    """Return a letter's addressee in its language."""
    said = say_address(addressee, language)
    return page.LetterAddressee(
        said.title, addressee.lines, said.salutation, said.name, said.is_title_known
    )


def _read_contact(campaign: Campaign) -> page.LetterContact | None:
    contact = campaign.contact
    return page.LetterContact(contact["person"], contact.get("telephone")) if contact else None


def _list_earlier(session: Session, milestone: Milestone) -> tuple[page.EarlierLetter, ...]:
    """Return the letters that went to the district before this one, the latest first."""
    rows = session.execute(
        select(Milestone.sealed_at, Milestone.code)
        .join(District, District.id == Milestone.district_id)
        .where(
            Milestone.campaign_id == milestone.campaign_id,
            District.division_id == milestone.district.division_id,
            District.layer == milestone.district.layer,
            Milestone.number < milestone.number,
            Milestone.sealed_at.is_not(None),
        )
        .order_by(Milestone.number.desc(), Milestone.sealed_at.desc())
        .limit(EARLIER)
    )
    state = milestone.district.state
    return tuple(page.EarlierLetter(find_day(cast(datetime, at), state), code) for at, code in rows)


def _read_bill(campaign: Campaign) -> page.LetterBill | None:
    return (
        page.LetterBill(campaign.bill_number, campaign.bill_title) if campaign.bill_number else None
    )


def _find_first_day(session: Session, milestone: Milestone) -> date | None:
    # By the division: its boundaries may have changed since its first signature.
    same = select(District.id).where(
        District.division_id == milestone.district.division_id,
        District.layer == milestone.district.layer,
    )
    first = session.scalar(
        select(func.min(LedgerEntry.joined_at)).where(
            LedgerEntry.campaign_id == milestone.campaign_id,
            LedgerEntry.district_id.in_(same),
            LedgerEntry.ordinal == 1,
        )
    )
    return find_day(first, milestone.district.state) if first else None
