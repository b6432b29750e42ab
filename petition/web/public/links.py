"""A signer's own links, which they were mailed: a GET shows, a POST acts.

- Mail scanners follow links, so a GET changes nothing. The token is the right to act: the POST
  needs neither cookie nor CSRF token, and RFC 8058's one click is the same POST.
- The address carries the token, so no page here is kept, indexed or named to another site.
"""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from petition.models.states import ENDED, DeliveryState
from petition.queues import Stage, wake
from petition.signing import confirm as confirming
from petition.signing import withdraw as leaving
from petition.signing.status import read_status
from petition.signing.tokens import Purpose, read_token
from petition.web.public.blueprint import link_pages

# What the public is told of a delivery, as templates/public/_parts.html words it.
FATES = {
    DeliveryState.ACCEPTED: "delivered",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.FAILED: "not delivered",
    DeliveryState.BOUNCED: "not delivered",
    DeliveryState.UNKNOWN: "not delivered",
    DeliveryState.HELD: "held",
    DeliveryState.CANCELLED: "cancelled",
}


@link_pages.after_request
def keep_private(response: Response) -> Response:
    """Let no cache keep the page, no crawler list it, and no other site learn its address."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@link_pages.get("/confirm/<token>")
def confirm(token: str) -> str:
    """Show what would be confirmed, and the button that confirms it."""
    return render_template("public/confirm.html", confirmation=confirming.look(token))


@link_pages.post("/confirm/<token>")
def confirm_now(token: str) -> BaseResponse:
    """Confirm; the page then says that it is."""
    confirming.confirm(token)
    wake(Stage.LOCATE)
    return redirect(url_for("links.confirm", token=token), 303)


@link_pages.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """Show the button that stops the mails."""
    read_token(token, Purpose.UNSUBSCRIBE)
    return render_template("public/unsubscribe.html", done=False)


@link_pages.post("/unsubscribe/<token>")
def unsubscribe_now(token: str) -> str:
    """Stop the mails; answered at once, since a mail program follows no redirect here."""
    leaving.unsubscribe(token)
    return render_template("public/unsubscribe.html", done=True)


@link_pages.get("/signatures/<token>")
def status(token: str) -> str:
    """Show the signer what became of their signature."""
    found = read_status(token)
    return render_template(
        "public/status.html", status=found, ended=found.state in ENDED, fates=FATES
    )


@link_pages.post("/signatures/<token>")
def leave(token: str) -> BaseResponse:
    """Withdraw the signature, or erase all that is known of its signer."""
    if request.form.get("do") == "erase":
        campaign_id = leaving.erase(token)
    else:
        campaign_id = leaving.withdraw(token)
    wake(Stage.COUNT, campaign_id)
    return redirect(url_for("links.status", token=token), 303)
