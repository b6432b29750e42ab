"""The answers that the page after signing still asks for, all of them optional."""

from dataclasses import dataclass

from flask import url_for

from petition.models import Campaign, CommentMode
from petition.signers.later_answers import PRINTED, WORDS
from petition.signing.just_signed import JustSigned, make_answers_token
from petition.web.public.offer_groups import GroupList, list_groups
from petition.web.public.pages.asked_offers import list_asked
from petition.web.public.pages.campaigns import Offer
from petition.web.public.sign.reply_wording import say_reply


@dataclass(frozen=True, slots=True)
class LaterAnswers:
    """What is asked, and what was chosen so far.

    - ``action``: the URL that the forms post to, with ``token``. ``boxes``: the names of the boxes
      of the campaign. ``reply``: the words that let the office write back; empty where that is not
      asked. ``groups``: first the one whose link led here. ``asks_words``: comments are taken and
      the form did not ask for them.
    - ``saved``: the choice that was just saved, as in JustSigned; empty for none.
    """

    action: str
    token: str
    asks_words: bool
    boxes: list[str]
    reply: str
    groups: GroupList[Offer]
    chosen: frozenset[str]
    saved: str

    @property
    def has_words(self) -> bool:
        """Whether words of the signer's own are stored."""
        return WORDS in self.chosen

    @property
    def prints_words(self) -> bool:
        """Whether they may be printed."""
        return PRINTED in self.chosen

    def __bool__(self) -> bool:
        return bool(self.asks_words or self.boxes or self.reply or self.groups)


def list_later_answers(
    campaign: Campaign, signed: JustSigned, endpoint: str
) -> LaterAnswers | None:
    """Return what is asked of who has just signed; None without a row that could be changed.

    - A name is shown only once its mailbox is proved, and mails are sent to proved ones only, so
      these boxes are asked where the campaign confirms by mail; so is whether the office may write.
    """
    if not signed.whom.signature_id:
        return None
    boxes = ["notify", "tell_successor"] if campaign.confirm_email else []
    if campaign.confirm_email and campaign.recent_shown:
        boxes.append("show_name")
    return LaterAnswers(
        action=url_for(endpoint, slug=campaign.slug),
        token=make_answers_token(signed),
        asks_words=campaign.comments != CommentMode.NONE and not campaign.message,
        boxes=boxes,
        reply=say_reply() if campaign.confirm_email else "",
        groups=list_groups(list_asked(campaign, signed.source, signed.chosen), signed.source),
        chosen=signed.chosen,
        saved=signed.saved,
    )
