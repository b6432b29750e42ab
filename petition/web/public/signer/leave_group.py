"""The page by which a signer stops one organization: a GET shows, a POST acts.

- The same POST is RFC 8058's one-click unsubscribe of the organization's messages: without cookie,
  CSRF token or redirect.
"""

from flask import render_template

from petition.signers.leave_group import GroupLeaving, leave_group, read_leaving
from petition.web.public.blueprint import link_pages


@link_pages.get("/unsubscribe-group/<token>")
def unsubscribe_group(token: str) -> str:
    """Show the button that stops the organization, or that it is stopped."""
    return _render(read_leaving(token))


@link_pages.post("/unsubscribe-group/<token>")
def unsubscribe_group_now(token: str) -> str:
    """Stop it; responds without a redirect, since mail programs follow none here."""
    return _render(leave_group(token))


def _render(leaving: GroupLeaving) -> str:
    return render_template("public/unsubscribe_group.html", leaving=leaving)
