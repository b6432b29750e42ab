"""The pages of the links that a signer was mailed: GET shows, POST acts.

- Mail scanners follow links, so a GET changes nothing. The token is the authorization: the POST
  needs neither cookie nor CSRF token, and RFC 8058's one-click unsubscribe is the same POST.
- The URL contains the token, so these pages are not cached or indexed, and send no Referer.
"""

from contextlib import suppress

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.clock import utcnow
from petition.core.errors import CampaignNotOpen, InvalidInput, NotFound, TokenExpired
from petition.error_messages.description import describe_all
from petition.letters.outcome import judge_fate
from petition.locating.review_queue import find_waiting
from petition.models import Campaign
from petition.models.states import ENDED, SignatureState
from petition.partners.consents.accesses import list_taken
from petition.postal.zip_places import known_postal_code
from petition.signers import confirm as confirming
from petition.signers import withdraw as leaving
from petition.signers.amend import amend, find_amendable
from petition.signers.confirm import Confirmation
from petition.signers.later_answers import BOXES, PRINTED, REPLY, WORDS
from petition.signers.link_renewal import renew_links
from petition.signers.mailbox_proof import prove_mailbox
from petition.signers.preferences import read_choices
from petition.signers.replies import read_reply
from petition.signers.status import Status, read_status
from petition.signing.just_signed import JustSigned
from petition.signing.link_tokens import LinkPurpose, make_token, read_token
from petition.signing.location_questions import find_asked
from petition.signing.sign import Signed
from petition.web.languages import is_redraw, offer_redraw, read_shown
from petition.web.public.blueprint import link_pages
from petition.web.public.offer_groups import list_groups
from petition.web.public.pages.about import find_address
from petition.web.public.pages.campaigns import (
    find_campaign,
    find_campaign_of,
    find_queried_campaign,
)
from petition.web.public.pages.district_progress import Standing, list_standings, read_standings
from petition.web.public.pages.recipient_names import needs_street
from petition.web.public.sign.later_choices import LaterAnswers, list_later_answers
from petition.web.public.sign.reply_wording import say_reply
from petition.web.public.sign.residence import answer_refusal, ask_where, let_address_in
from petition.web.public.sign.sign_flows import PAGES
from petition.web.public.sign.thanks_address import CONFIRMED
from petition.web.public.signer.own_home import (
    correct_own_address,
    find_named,
    is_in_none,
    name_own_home,
    read_open_layers,
)
from petition.web.wording.review_texts import explain_review, tell_found

# What the page says was saved, since nothing else on it may have changed.
CORRECTIONS = ("address", "home", "amend")


@link_pages.after_request
def keep_private(response: Response) -> Response:
    """Forbid caching and indexing the page, and sending its URL as a Referer."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@link_pages.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show the signature to confirm, and the button that confirms it."""
    return _render_confirmation(confirming.look(token))


@link_pages.post("/confirm/<token>")
def confirm_now(token: str) -> BaseResponse:
    """Confirm, or show the page that asks what to do where the mailbox has signed already."""
    confirmation = confirming.confirm(token, request.form.get("do", ""))
    if not confirmation.already:
        return make_response(_render_confirmation(confirmation), InvalidInput.status)
    return redirect(url_for("links.confirm", token=token), 303)


@link_pages.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """Show the button that stops the e-mails, or that they have stopped."""
    return _render_unsubscribing(token, done=leaving.has_unsubscribed(token))


@link_pages.post("/unsubscribe/<token>")
def unsubscribe_now(token: str) -> str:
    """Stop the mails; responds without a redirect, since mail programs follow none here."""
    leaving.unsubscribe(token)
    return _render_unsubscribing(token, done=True)


def _render_unsubscribing(token: str, *, done: bool) -> str:
    campaign = find_campaign_of(read_token(token, LinkPurpose.UNSUBSCRIBE))
    return render_template("public/unsubscribe.html", campaign=campaign, done=done)


@link_pages.get("/signatures/renewed")
def renewed() -> str:
    """Say that a new link is mailed; the address that asked for it opens nothing any more."""
    campaign = find_queried_campaign()
    if campaign is None:
        raise NotFound(CampaignProblem.NOT_FOUND)
    return render_template("public/renewed.html", campaign=campaign)


@link_pages.get("/signatures/<token>")
def status(token: str) -> Response:
    """Show the signer the state of their signature."""
    return _show_status(token)


@link_pages.post("/signatures/<token>")
def act(token: str) -> BaseResponse:
    """Confirm, correct the signature, revoke and renew the links, withdraw, or erase the data."""
    signature_id = read_token(token, LinkPurpose.STATUS)
    if is_redraw():
        return _show_status(token)
    match request.form.get("do"):
        case "confirm":
            with suppress(TokenExpired):  # it has ended meanwhile; the page shows how
                confirmation = confirming.confirm(token, purpose=LinkPurpose.STATUS)
                if not confirmation.already:  # its page asks what to do
                    choosing = make_token(signature_id, LinkPurpose.CONFIRM)
                    return redirect(url_for("links.confirm", token=choosing), 303)
        case "address" | "home" | "amend" as what:
            try:
                _take_answer(token, signature_id, what)
            except InvalidInput as refused:
                return _show_status(token, refused)
        case "renew":
            renew_links(token)
            campaign = find_campaign_of(signature_id)
            slug = campaign.slug if campaign else None
            return redirect(url_for("links.renewed", campaign=slug), 303)
        case "withdraw":
            leaving.withdraw(token)
        case "erase":
            leaving.erase(token)
        case _:
            abort(400)
    prove_mailbox(token)
    done = request.form.get("do")
    saved = done if done in CORRECTIONS else None
    return redirect(url_for("links.status", token=token, saved=saved), 303)


def _take_answer(token: str, signature_id: int, what: str) -> None:
    """Store a correction or a choice; raises InvalidInput with its errors."""
    if what == "amend":
        amend(token, request.form)
        return
    let_address_in(str(signature_id))
    if what == "home":
        name_own_home(token, signature_id, request.form.get("home", ""))
    else:
        correct_own_address(token, request.form)


def _render_confirmation(confirmation: Confirmation) -> str:
    campaign = find_campaign(confirmation.campaign_slug)
    place = known_postal_code(confirmation.postal_code)
    is_done = confirmation.already
    return render_template(
        "public/confirm.html",
        campaign=campaign,
        confirmation=confirmation,
        question=_find_question(confirmation),
        standings=list_standings(campaign, place, confirmation.home) if is_done else [],
        later=_list_later(campaign, confirmation) if is_done else None,
        link=find_address(campaign),
    )


def _list_later(campaign: Campaign, confirmation: Confirmation) -> LaterAnswers | None:
    """Return what may still be added to a signature that its owner has just confirmed."""
    choices = confirmation.choices
    boxes = (*BOXES, PRINTED)
    chosen = {name for name in boxes if getattr(choices, name)}
    chosen |= {WORDS} if choices.comment else set()
    chosen |= {f"offer-{consent.offer_id}" for consent in choices.consents if consent.allowed}
    reply = read_reply(confirmation.signature_id)
    chosen |= {REPLY} if reply and reply.allowed else set()
    signed = JustSigned(
        whom=find_asked(confirmation.signature_id),
        campaign_id=confirmation.campaign_id,
        told=f"{confirmation.postal_code} {confirmation.home} {CONFIRMED}".replace("  ", " "),
        chosen=frozenset(chosen),
        at=utcnow(),
    )
    return list_later_answers(campaign, signed, PAGES.answers)


def _find_question(confirmation: Confirmation) -> str | None:
    """Return the token of the question page; None where nothing is to be asked."""
    if not (confirmation.already and confirmation.is_open):
        return None
    layers, signature_id = tuple(confirmation.layers), confirmation.signature_id
    asked = find_asked(signature_id)
    signed = Signed(True, confirmation.campaign_id, layers, asked, signature_id)
    street, code = confirmation.street_address, confirmation.postal_code
    return ask_where(signed, street, code, confirmation.home, confirmed=True)


def _read_confirmation(found: Status, token: str) -> Confirmation | None:
    """Return what the page of a pending signature confirms; None where that is not possible now."""
    if found.state != SignatureState.PENDING:
        return None
    try:
        return confirming.look(token, LinkPurpose.STATUS)
    except (CampaignNotOpen, TokenExpired):
        return None


def _show_status(token: str, refused: InvalidInput | None = None) -> Response:
    found = read_status(token)
    in_review = found.state == SignatureState.REVIEW
    # Also None if it was settled between the two queries; the page then names no districts.
    waiting = find_waiting(found.signature_id) if in_review else None
    open_layers = read_open_layers(waiting)
    campaign = find_campaign(found.campaign_slug)
    standings = {} if in_review else _find_standings(found)
    problems = refused.problems if refused else read_shown()
    if refused or is_redraw():
        offer_redraw(problems)
    choices = read_choices(found.signature_id)
    ended = found.state in ENDED
    # Whoever has left reads what they allowed, and not what else could have been.
    consents = [one for one in choices.consents if one.given_at or not ended]
    page = render_template(
        "public/status.html",
        campaign=campaign,
        link=find_address(campaign),
        saved="" if refused else request.args.get("saved", ""),
        status=found,
        ended=ended,
        groups=list_groups(consents),
        taken=list_taken(found.signature_id),
        judge_fate=judge_fate,
        reason=explain_review(waiting.reason if waiting else "").signer,
        standings=standings,
        open_layers=open_layers,
        named=find_named(waiting),
        in_none=is_in_none(waiting),
        waiting=waiting,
        uses_street=in_review or needs_street(campaign.layers),
        tell_found=tell_found,
        amendable=find_amendable(found.signature_id),
        corrected=request.form.get("do"),
        typed=request.form,
        problems=describe_all(problems),
        choices=choices,
        reply=read_reply(found.signature_id),
        reply_wording=say_reply(),
        confirmation=_read_confirmation(found, token),
        token=token,
    )
    return answer_refusal(page, refused)


def _find_standings(found: Status) -> dict[int, Standing]:
    """Return the progress of each district whose next letter is to name the signer, by its id."""
    waited = [counting.district_id for counting in found.countings if counting.code is None]
    if found.state in ENDED or not found.campaign_open or not waited:
        return {}
    campaign = find_campaign(found.campaign_slug)
    standings = read_standings(campaign, waited)
    return {standing.progress.district_id: standing for standing in standings}
