"""The documents of a preview, each for a frame on our own pages.

- None runs a script or sends a form, whoever opens it: ``sandbox`` forbids both, and no form has
  an action (CSP 3). They are for staff, so no search engine finds them.
"""

from collections.abc import Callable

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from petition.core.errors import InvalidInput, Permanent, UserError
from petition.core.extensions import db
from petition.delivery.letter_message import compose_envelope, name_file
from petition.error_messages.description import MESSAGES, describe_all, describe_error
from petition.letters.content import LetterContent
from petition.openings.letter_preview import (
    PreviewChoice,
    make_letter_preview,
    record_preview,
    write_html,
)
from petition.openings.mail_preview import describe_mail, show_confirmation
from petition.openings.opening_problems import OpeningProblem
from petition.openings.separate_render import render_apart
from petition.web.headers import write_policy
from petition.web.languages import speak
from petition.web.portals.guards import ask_for_proof, get_actor
from petition.web.portals.session_checks import is_recent
from petition.web.public.pages.about import find_logo
from petition.web.public.pages.campaigns import render_campaign, write_accent
from petition.web.staff.campaigns.access import EditedCampaign, load_campaign, requires_editing
from petition.web.staff.campaigns.drawing_limits import TooManyDrawings, take_drawing_turn
from petition.web.staff.campaigns.preview_choice import PreviewKind, read_asked
from petition.web.staff.pages import blueprint

BASE = "/campaigns/<slug:slug>/preview"
BANNER = "Nothing on this page can be signed or sent."
_OURS: dict[str, str] = {"frame_ancestors": "'self'", "form_action": "'none'"}
# Its own style sheets and pictures are loaded by the same origin.
_SANDBOX = "; sandbox allow-same-origin"
PAGE_POLICY = write_policy(**_OURS, script_src="'none'") + _SANDBOX
# What is in the document itself: the style of an e-mail, the style sheet and logo of a letter.
INLINE_POLICY = (
    write_policy(**_OURS, script_src="'none'", style_src="'unsafe-inline'", img_src="'self' data:")
    + _SANDBOX
)
# Browsers apply the policy to their built-in PDF viewer, which a sandbox would block.
PDF_POLICY = "script-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


@blueprint.get(f"{BASE}/page")
@requires_editing
def show_page_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the public page as it is, or of a draft as it will be once it is open."""
    campaign = load_campaign(edited)
    asked = read_asked(db.session(), campaign, PreviewKind.PAGE)
    with speak(asked.language):
        page = render_campaign(campaign, preview=BANNER)
    # The public gets no picture of a draft.
    pictures = f"/campaigns/{edited.slug}/pictures/"
    return _frame(page.replace(f'src="{pictures}', f'src="/staff{pictures}'), PAGE_POLICY)


@blueprint.get(f"{BASE}/accent.css")
@requires_editing
def show_accent_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Return the campaign's color as a style sheet, also of a draft; empty without one."""
    accent = load_campaign(edited).accent
    return Response(write_accent(accent) if accent else "", content_type="text/css; charset=utf-8")


@blueprint.get(f"{BASE}/confirmation")
@requires_editing
def show_mail_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the HTML of the e-mail that asks an invented signer to confirm."""
    campaign = load_campaign(edited)
    asked = read_asked(db.session(), campaign, PreviewKind.PAGE)
    shown = show_confirmation(campaign, asked.language)
    return _frame(shown.html.replace(shown.logo, find_logo(campaign) or ""), INLINE_POLICY)


@blueprint.get(f"{BASE}/message")
@requires_editing
def show_message_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the text of the e-mail with the letter; it names towns, and no signer."""

    def draw(content: LetterContent, choice: PreviewChoice, title: str) -> Response:
        facts = describe_mail(content, "0" * 64, title, choice.district, None)
        envelope = compose_envelope(facts)
        page = render_template("staff/campaigns/message.html", envelope=envelope)
        return _frame(page, PAGE_POLICY)

    return _draw(edited, "message", draw)


@blueprint.get(f"{BASE}/letter")
@requires_editing
def show_letter_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Show the letter on the screen; with real names, that is recorded."""

    def draw(content: LetterContent, choice: PreviewChoice, title: str) -> Response:
        return _frame(write_html(content), INLINE_POLICY)

    return _draw(edited, "html", draw)


@blueprint.get(f"{BASE}/letter.pdf")
@requires_editing
def show_pdf_preview(edited: EditedCampaign) -> ResponseReturnValue:
    """Return the letter as print has it, with a watermark; with real names, that is recorded."""

    def draw(content: LetterContent, choice: PreviewChoice, title: str) -> Response:
        pdf = render_apart(content).pdf
        response = Response(pdf, content_type="application/pdf")
        name = name_file(choice.district.name, content.total)
        response.headers["Content-Disposition"] = f'inline; filename="Preview-{name}"'
        response.headers["Content-Security-Policy"] = PDF_POLICY
        return response

    return _draw(edited, "pdf", draw)


def _draw(
    edited: EditedCampaign, form: str, draw: Callable[[LetterContent, PreviewChoice, str], Response]
) -> ResponseReturnValue:
    """Return the document of a choice; ``form``: of the record that it is of real people."""
    campaign, session = load_campaign(edited), db.session()
    asked = read_asked(session, campaign, PreviewKind.LETTER)
    choice = asked.choice
    if choice is None:
        return _refuse(" ".join(describe_all(asked.problems).values()), 422)
    if choice.real and not is_recent():
        return ask_for_proof()
    try:
        preview = make_letter_preview(session, campaign, choice)
        campaign_id, district_id = campaign.id, choice.district.id
        session.rollback()  # nothing is open while it is laid out
        with take_drawing_turn():
            response = draw(preview.content, choice, preview.post.addressee.title)
    except TooManyDrawings as refused:
        return _refuse(describe_error(refused), refused.status, refused.seconds)
    except InvalidInput as refused:
        return _refuse(" ".join(describe_all(refused.problems).values()), refused.status)
    except (UserError, Permanent):
        return _refuse(str(MESSAGES[OpeningProblem.NOT_DRAWN]), 422)
    if choice.real:
        record_preview(campaign_id, district_id, preview.content.count, form, get_actor())
    return response


def _frame(page: str, policy: str) -> Response:
    response = make_response(page)
    response.headers["Content-Security-Policy"] = policy
    return response


def _refuse(words: str, status: int, seconds: int = 0) -> Response:
    page = render_template("staff/campaigns/refused.html", words=words)
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response
