"""The error page for a signature that cannot be decrypted.

- Where only this signature is damaged: says so, and on the private page offers to erase it and sign
  again.
- Where the data key is wrong nothing can be decrypted (transitions/unreadable_signatures.py): the
  operator must fix it, so erasing is not offered.
"""

from contextlib import suppress

from flask import Response, make_response, render_template, request

from petition.core.errors import SealBroken, UserError
from petition.core.extensions import db
from petition.core.logs import get_logger
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.transitions.unreadable_signatures import check_key
from petition.web.errors import show_unavailable
from petition.web.public.blueprint import link_pages

log = get_logger(__name__)


@link_pages.errorhandler(SealBroken)
def show_unreadable(error: SealBroken) -> Response:
    """Return the page with status 500, or 503 where the data key is wrong."""
    purpose, signature_id = _read_any(request.view_args or {})
    try:
        db.session.rollback()
        check_key(db.session(), [signature_id])
    except SealBroken:
        return show_unavailable(error)
    log.error("web.unreadable", endpoint=request.endpoint, signature_id=signature_id)
    page = render_template("public/unreadable.html", may_erase=purpose == LinkPurpose.STATUS)
    return make_response(page, 500)


def _read_any(arguments: dict[str, str]) -> tuple[LinkPurpose | None, int]:
    """Return the purpose and signature of the URL's token; None and 0 for an invalid token."""
    for purpose in LinkPurpose:
        with suppress(UserError):
            return purpose, read_token(arguments.get("token", ""), purpose)
    return None, 0
