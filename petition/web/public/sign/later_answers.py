"""Takes the answers of the page after signing, each sent by itself.

The token in the form names the row that was just stored and nothing else can be changed with it:
see petition/signers/later_answers.py.
"""

import re

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from petition.core.errors import InvalidInput
from petition.core.extensions import get_settings
from petition.postal.zip_places import known_postal_code
from petition.signers.later_answers import (
    BOXES,
    REPLY,
    WORDS,
    answer_box,
    answer_consent,
    answer_reply,
    answer_words,
)
from petition.signing.just_signed import JustSigned, read_answers_token
from petition.signing.link_tokens import refuse_link
from petition.web.origin import refuse_cross_site
from petition.web.public.blueprint import public
from petition.web.public.pages.campaigns import find_campaign
from petition.web.public.sign.reply_wording import say_reply
from petition.web.public.sign.sign_flows import PAGES, Way
from petition.web.public.sign.thanks import show_thanks
from petition.web.public.sign.thanks_address import Thanked, name_thanks_of
from petition.web.ratelimit.limits import get_look_up_limit
from petition.web.ratelimit.signing_limits import let_ask

OFFER = re.compile(r"offer-([0-9]{1,9})", re.ASCII)


@public.post("/campaigns/<slug:slug>/answers")
def answer_later(slug: str) -> BaseResponse:
    """Store one answer of who has just signed, and lead back to the thanks."""
    return take_later_answer(slug, PAGES)


def take_later_answer(slug: str, way: Way) -> BaseResponse:
    """Store one answer; 303 to the thanks, which say that it was saved.

    - ``what``: "words", "reply", one of BOXES, or "offer-7"; ``do``: "give" or "take".
    - 422 with the page where the words are refused. 410 where the token is no longer valid, 404 for
      one of another campaign, whose page would thank for what was not signed.
    """
    refuse_cross_site(request, get_settings().public_url)
    let_ask(get_look_up_limit())
    token = request.form.get("token", "")
    if read_answers_token(token).campaign_id != find_campaign(slug).id:
        raise refuse_link()
    try:
        signed = _store(token, request.form.get("what", ""))
    except InvalidInput as refused:
        return show_thanks(slug, way, _thank(read_answers_token(token)), refused)
    return redirect(name_thanks_of(way.thanks, slug, signed), 303)


def _store(token: str, what: str) -> JustSigned:
    given = request.form.get("do") == "give"
    offer = OFFER.fullmatch(what)
    if offer is not None:
        return answer_consent(token, int(offer[1]), given)
    if what == WORDS:
        return answer_words(token, request.form)
    if what == REPLY:
        return answer_reply(token, say_reply(), given)
    if what not in BOXES:
        abort(400)
    return answer_box(token, what, given)


def _thank(signed: JustSigned) -> Thanked:
    code, _, told = signed.told.partition(" ")
    return Thanked(known_postal_code(code), told, signed)
