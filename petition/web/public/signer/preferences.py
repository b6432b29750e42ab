"""Preferences, consents and the data export on a signer's private page.

The rules of links.py apply: a GET changes nothing, and the token is the authorization.
"""

import json
from datetime import datetime

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.notifications.unreachable_addresses import mark_reachable
from petition.signers.export import export_data
from petition.signers.mailbox_proof import prove_mailbox
from petition.signers.preferences import choose, give_consent, withdraw_consent
from petition.signers.replies import allow_reply, refuse_reply
from petition.signing.form import ticked
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.web.public.blueprint import link_pages
from petition.web.public.sign.reply_wording import say_reply

FILE_NAME = "my-signature.json"
# The largest id of the column: a larger number in an address is no offer.
OFFER = "/signatures/<token>/consents/<int(max=2147483647):offer_id>"


@link_pages.post("/signatures/<token>/choices")
def choose_boxes(token: str) -> BaseResponse:
    """Set whether the name is shown and what is mailed."""
    form = request.form
    choose(
        token,
        publish_comment=_read_box("publish_comment"),
        show_name=_read_box("show_name"),
        notify=ticked(form.get("notify")),
        tell_successor=ticked(form.get("tell_successor")),
    )
    return _go_back(token, "choices")


@link_pages.post(OFFER)
def choose_consent(token: str, offer_id: int) -> BaseResponse:
    """Give an organization a consent, or withdraw it."""
    read_token(token, LinkPurpose.STATUS)
    match request.form.get("do"):
        case "give":
            give_consent(token, offer_id)
        case "withdraw":
            withdraw_consent(token, offer_id)
        case _:
            abort(400)
    return _go_back(token, f"offer-{offer_id}")


@link_pages.post("/signatures/<token>/reply")
def choose_reply(token: str) -> BaseResponse:
    """Let offices write back to the signer, or withdraw that."""
    read_token(token, LinkPurpose.STATUS)
    match request.form.get("do"):
        case "give":
            allow_reply(token, say_reply())
        case "withdraw":
            refuse_reply(token)
        case _:
            abort(400)
    return _go_back(token, "reply")


@link_pages.post("/signatures/<token>/reachable")
def say_reachable(token: str) -> BaseResponse:
    """Mark the address as reachable again, on the signer's word."""
    mark_reachable(token)
    return _go_back(token, "reachable")


@link_pages.get("/signatures/<token>/data.json")
def data(token: str) -> Response:
    """Return all data stored about the signer, as a file."""
    content = json.dumps(export_data(token), indent=2, ensure_ascii=False, default=_spell)
    response = Response(content + "\n", mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


def _read_box(name: str) -> bool | None:
    """Return whether a checkbox is ticked; None where the page had no such checkbox."""
    return ticked(request.form.get(name)) if name in request.form.getlist("boxes") else None


def _spell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _go_back(token: str, saved: str) -> BaseResponse:
    """Redirect to the page, which says what was saved.

    - A change there proves the mailbox, since its link was mailed.
    """
    prove_mailbox(token)
    return redirect(url_for("links.status", token=token, saved=saved), 303)
