"""The preview of a campaign: a form that chooses what to see, and the document in a frame."""

from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from petition.accounts.permissions import Permission
from petition.core.errors import InvalidInput
from petition.core.extensions import db
from petition.error_messages.description import describe_all
from petition.models import Campaign
from petition.models.campaigns.layers import list_counted_layers
from petition.openings.letter_preview import MOST_NAMES, list_posts, make_letter_preview
from petition.openings.mail_preview import MailView, show_confirmation
from petition.web.headers import write_policy
from petition.web.portals.guards import allows, ask_for_proof
from petition.web.portals.session_checks import is_recent
from petition.web.staff.campaigns.access import EditedCampaign, load_campaign, requires_editing
from petition.web.staff.campaigns.preview_choice import AskedPreview, PreviewKind, read_asked
from petition.web.staff.pages import blueprint

FRAMES = {
    PreviewKind.PAGE: "staff.show_page_preview",
    PreviewKind.CONFIRMATION: "staff.show_mail_preview",
    PreviewKind.MESSAGE: "staff.show_message_preview",
    PreviewKind.LETTER: "staff.show_letter_preview",
    PreviewKind.PDF: "staff.show_pdf_preview",
}
TITLES = {
    PreviewKind.PAGE: "Its public page",
    PreviewKind.CONFIRMATION: "The e-mail that asks a signer to confirm",
    PreviewKind.MESSAGE: "The e-mail with the letter, to an office",
    PreviewKind.LETTER: "The letter, on screen",
    PreviewKind.PDF: "The letter, as PDF",
}
FIELDS = ("layer", "district", "post", "names", "real", "lang")


@blueprint.get("/campaigns/<slug:slug>/preview")
@requires_editing
def show_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the form, and the chosen document in a frame.

    - ``show``: see PreviewKind. ``layer``, ``district``, ``post``, ``names``, ``real``: of the
      letter and its e-mail. Real names need a permission, and a recent proof of who it is.
    """
    campaign, session = load_campaign(edited), db.session()
    asked = read_asked(session, campaign)
    if asked.choice is not None and asked.choice.real and not is_recent():
        return ask_for_proof()
    is_known, count = _try(session, campaign, asked)
    page = render_template(
        "staff/campaigns/preview.html",
        campaign=campaign,
        asked=asked,
        titles=TITLES,
        layers=list_counted_layers(campaign.layers),
        posts=list_posts(session, campaign, asked.choice.district) if asked.choice else [],
        frame=_find_frame(edited.slug, asked),
        is_known=is_known,
        message=_show_mail(campaign, asked),
        count=count,
        problems=describe_all(asked.problems),
        typed=request.args,
        may_open=allows(Permission.LETTERS_OPEN, campaign_id=campaign.id),
        most=MOST_NAMES,
    )
    response = make_response(page, 422 if asked.problems else 200)
    response.headers["Content-Security-Policy"] = write_policy(frame_src="'self'")
    return response


def _try(session: Session, campaign: Campaign, asked: AskedPreview) -> tuple[bool, int]:
    """Return whether the post's address is known and how many are named; note what is wrong."""
    if asked.choice is None:
        return True, 0
    try:
        found = make_letter_preview(session, campaign, asked.choice)
    except InvalidInput as refused:
        asked.problems = refused.problems
        return True, 0
    return found.post.is_known, found.content.count


def _show_mail(campaign: Campaign, asked: AskedPreview) -> MailView | None:
    if asked.kind is not PreviewKind.CONFIRMATION or asked.problems:
        return None
    return show_confirmation(campaign, asked.language)


def _find_frame(slug: str, asked: AskedPreview) -> str:
    if asked.problems:
        return ""
    query: dict[str, Any] = {name: request.args[name] for name in FIELDS if request.args.get(name)}
    return url_for(FRAMES[asked.kind], slug=slug, **query)
