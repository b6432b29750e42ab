"""What a signer's page says where what they signed does not open
(petition/transitions/unreadable_signatures.py).

- Where this signature alone is damaged: that it is, and on their own page the way to begin anew.
- Where the key is another one nothing opens; that is for the operator to mend, and nobody is led to
  erase anything.
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
    """Return the page with a status that says that the fault is ours."""
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
    """Return what the address' token is for, and whose it is; no row's where it is another's."""
    for purpose in LinkPurpose:
        with suppress(UserError):
            return purpose, read_token(arguments.get("token", ""), purpose)
    return None, 0
