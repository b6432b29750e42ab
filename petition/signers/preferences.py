"""The choices of a signer, which they may change: four boxes, and a consent for each organization.

A consent records the wording that the signer saw, and when. After a withdrawal it can be given
again while the same wording is offered.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, TokenRefused
from petition.core.extensions import db, transaction
from petition.models import (
    Campaign,
    CommentMode,
    CommentState,
    Consent,
    ConsentOffer,
    Organization,
    OrganizationState,
    Signature,
)
from petition.models.campaigns.campaign import ConsentSharing
from petition.models.signatures.person import skip_broken
from petition.models.states import LIVE
from petition.notifications.resend import RESUBSCRIBED
from petition.signers.comment_changes import judge_again
from petition.signers.consents import (
    PRIVATE,
    end_consent,
    is_asked,
    is_offered,
    name_link,
    write_consent,
    write_down_stops_of,
)
from petition.signers.letters_with_signer import hold_letters
from petition.signers.signer_problems import SignerProblem
from petition.signing.link_tokens import LinkPurpose, read_token, refuse_link


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One consent for an organization, in the wording that the signer saw.

    - ``reported``: the organization ended it, saying that the signer had asked it to.
    - ``slug``, ``about``: the organization's. ``given_at``: None if it is offered and was never
      given. ``offered``: it can be given.
    """

    offer_id: int
    slug: str
    organization: str
    about: str
    url: str | None
    purpose: str
    wording: str
    given_at: datetime | None
    withdrawn_at: datetime | None
    reported: bool
    offered: bool

    @property
    def name(self) -> str:
        """Its name among the answers of a signer: "offer-7"."""
        return f"offer-{self.offer_id}"

    @property
    def allowed(self) -> bool:
        """Whether the consent is in force: given and not withdrawn."""
        return self.given_at is not None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Choices:
    """The current boxes of one signature, and whether its signer still gets mail.

    - ``comment``: the signer's own words, for the box that allows printing them; empty if there are
      none or the campaign prints no comments. ``comment_state``: see CommentState; ``reviewed``:
      comments are reviewed by staff before they are printed.
    - ``names_shown``: the campaign shows names of recent signers.
    """

    names_shown: bool
    comment: str
    publish_comment: bool
    comment_state: str | None
    reviewed: bool
    show_name: bool
    notify: bool
    tell_successor: bool
    unsubscribed_at: datetime | None
    unreachable_at: datetime | None
    consents: list[ConsentView]

    @property
    def waits_for_staff(self) -> bool:
        """Whether the comment is to be printed, and waits to be read."""
        return self.publish_comment and self.comment_state == CommentState.WAITING


def read_choices(signature_id: int) -> Choices:
    """Return the choices of a signature; raises TokenRefused if there is none with that id."""
    row = db.session.execute(
        select(
            Signature.campaign_id,
            Campaign.recent_shown,
            Campaign.comments,
            Signature.person,
            Signature.publish_comment,
            Signature.comment_state,
            Signature.show_name,
            Signature.notify,
            Signature.tell_successor,
            Signature.unsubscribed_at,
            Signature.unreachable_at,
        )
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    if row is None:
        raise refuse_link()
    person = skip_broken(row.person)
    return Choices(
        names_shown=row.recent_shown > 0,
        comment=person.comment if person and row.comments != CommentMode.NONE else "",
        publish_comment=row.publish_comment,
        comment_state=row.comment_state,
        reviewed=row.comments == CommentMode.REVIEWED,
        show_name=row.show_name,
        notify=row.notify,
        tell_successor=row.tell_successor,
        unsubscribed_at=row.unsubscribed_at,
        unreachable_at=row.unreachable_at,
        consents=_list_consents(signature_id, row.campaign_id),
    )


def choose(
    token: str,
    publish_comment: bool | None,
    show_name: bool | None,
    notify: bool,
    tell_successor: bool,
) -> None:
    """Set the boxes of a private link's signature; raises TokenRefused.

    - None leaves a box unchanged: the page did not show it.
    - A letter that was tried keeps its comments; one that was not is rendered again. A comment that
      is offered for print again is judged again; a struck one remains struck, and others of its
      mailbox wait to be read.
    - A signer who newly ticks a box for mail gets mail again, even if they had unsubscribed.
    """
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        signature = _open(session, signature_id)
        if publish_comment is not None:
            _offer_words(session, signature, publish_comment)
        if show_name is not None:
            signature.show_name = show_name
        asks = (notify and not signature.notify) or (
            tell_successor and not signature.tell_successor
        )
        signature.notify = notify
        signature.tell_successor = tell_successor
        if asks and signature.unsubscribed_at is not None:
            signature.unsubscribed_at = None
            signature.resubscribed_at = utcnow()
            record(session, RESUBSCRIBED, "signature", signature_id, actor="signer")
        detail = {
            "publish_comment": signature.publish_comment,
            "show_name": signature.show_name,
            "notify": notify,
            "tell_successor": tell_successor,
        }
        record(
            session, "signature.choices", "signature", signature_id, actor="signer", detail=detail
        )


def give_consent(token: str, offer_id: int) -> None:
    """Give an offered consent, in its current wording; raises TokenRefused or NotFound."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        signature = _open(session, signature_id)
        if not (
            is_offered(session, signature.campaign_id, offer_id)
            and is_asked(session, signature, offer_id)
        ):
            raise NotFound(SignerProblem.CONSENT_NOT_OFFERED)
        write_consent(session, signature_id, offer_id, PRIVATE)
        _record(session, "consent.given", signature_id, offer_id)


def withdraw_consent(token: str, offer_id: int) -> None:
    """Withdraw a consent, in any state of the signature; raises TokenRefused."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    with transaction() as session:
        session.get(Signature, signature_id, with_for_update=True)
        write_down_stops_of(session, signature_id, Consent.offer_id == offer_id)
        if end_consent(session, signature_id, offer_id):
            _record(session, "consent.withdrawn", signature_id, offer_id)


def _open(session: Session, signature_id: int) -> Signature:
    signature = session.get(Signature, signature_id, with_for_update=True)
    if signature is None or signature.state not in LIVE:
        raise TokenRefused(SignerProblem.SIGNATURE_GONE)
    return signature


def _offer_words(session: Session, signature: Signature, publish: bool) -> None:
    person = skip_broken(signature.person)
    words = person.comment if person else ""
    if publish == signature.publish_comment or (publish and not words):
        return
    campaign = session.get_one(Campaign, signature.campaign_id)
    hold_letters(session, signature)
    signature.publish_comment = publish and campaign.comments != CommentMode.NONE
    signature.amended_at = utcnow()
    if signature.comment_state != CommentState.STRUCK:
        judge_again(session, signature, campaign.comments, words, signature.publish_comment)


def _list_consents(signature_id: int, campaign_id: int) -> list[ConsentView]:
    rows = db.session.execute(
        select(
            ConsentOffer,
            Organization,
            Consent.given_at,
            Consent.withdrawn_at,
            or_(_is_asked(campaign_id), Consent.source == name_link(Organization.slug)),
            Consent.withdrawn_by,
        )
        .join(Organization, Organization.id == ConsentOffer.organization_id)
        .outerjoin(
            Consent, (Consent.offer_id == ConsentOffer.id) & (Consent.signature_id == signature_id)
        )
        .where(
            ConsentOffer.campaign_id == campaign_id,
            (ConsentOffer.retired_at.is_(None) & _is_asked(campaign_id)) | Consent.id.is_not(None),
        )
        .order_by(Organization.name, ConsentOffer.id)
    )
    return [
        ConsentView(
            offer_id=offer.id,
            slug=organization.slug,
            organization=organization.name,
            about=organization.about,
            url=organization.url,
            purpose=offer.purpose,
            wording=offer.wording,
            given_at=given_at,
            withdrawn_at=withdrawn_at,
            reported=withdrawn_by is not None,
            offered=offer.retired_at is None
            and organization.state == OrganizationState.APPROVED
            and bool(may_give),
        )
        for offer, organization, given_at, withdrawn_at, may_give, withdrawn_by in rows
    ]


def _is_asked(campaign_id: int) -> ColumnElement[bool]:
    """Return the condition that every signer is asked, for an organization that is approved."""
    sharing = select(Campaign.sharing).where(Campaign.id == campaign_id).scalar_subquery()
    return and_(Organization.state == OrganizationState.APPROVED, sharing == ConsentSharing.CHOSEN)


def _record(session: Session, action: str, signature_id: int, offer_id: int) -> None:
    detail = {"offer": offer_id}
    record(session, action, "signature", signature_id, actor="signer", detail=detail)
