"""The files of a delivery: its PDF, its message and its evidence; each opening is recorded."""

from flask import Response
from flask.typing import ResponseReturnValue

from petition.accounts.permissions import Permission
from petition.audit.letter_views import record_evidence, record_view
from petition.core.errors import NotFound
from petition.core.extensions import db
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.letter_message import name_file
from petition.delivery.log.delivery_log import get_delivery, read_message
from petition.delivery.log.evidence_pack import PackedAnswer, pack_evidence
from petition.incoming.letter_answers import list_answers
from petition.web.portals.guards import get_actor, requires_recent
from petition.web.staff.deliveries.delivery_page import ONE
from petition.web.staff.deliveries.messages import get_store, write_source
from petition.web.staff.deliveries.timeline import tell_event
from petition.web.staff.pages import blueprint
from petition.web.staff.scopes import requires_for_delivery

# Browsers apply the policy to their built-in PDF viewer, which the policy of our pages would block.
# Only the page of the delivery, of this site, may frame it.
FILE_POLICY = "script-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


@blueprint.get(f"{ONE}/letter.pdf")
@requires_for_delivery(Permission.LETTERS_OPEN)
@requires_recent
def show_letter(delivery_id: int) -> ResponseReturnValue:
    """Return the stored PDF of its letter; it names people, so opening it is recorded."""
    row = get_delivery(delivery_id).row
    if row.sha256 is None or row.letter_id is None:
        raise NotFound(DeliveryProblem.NO_LETTER)
    db.session.rollback()  # nothing is open while the store is asked
    pdf = get_store().read(row.sha256)
    record_view(row.letter_id, delivery_id=delivery_id, form="pdf", actor=get_actor())
    name = name_file(row.district, row.threshold)
    return _let_frame(_give_file(pdf, "application/pdf", f'inline; filename="{name}"'))


@blueprint.get(f"{ONE}/message.eml")
@requires_for_delivery(Permission.LETTERS_OPEN)
@requires_recent
def show_message(delivery_id: int) -> ResponseReturnValue:
    """Return its message as sent, without the file of replies; opening it is recorded too."""
    name = f"delivery-{delivery_id}.eml"
    return _give_file(
        _open_message(delivery_id), "message/rfc822", f'attachment; filename="{name}"'
    )


@blueprint.get(f"{ONE}/message.txt")
@requires_for_delivery(Permission.LETTERS_OPEN)
@requires_recent
def show_source(delivery_id: int) -> ResponseReturnValue:
    """Return its message as text, without the content of its attachments; recorded too."""
    text = write_source(_open_message(delivery_id)).encode()
    return _let_frame(_give_file(text, "text/plain; charset=utf-8", "inline"))


@blueprint.get(f"{ONE}/evidence.zip")
@requires_for_delivery(Permission.LETTERS_OPEN)
@requires_recent
def take_evidence(delivery_id: int) -> ResponseReturnValue:
    """Return the evidence of a delivery as a ZIP; taking it is recorded, outside its timeline."""
    pack = pack_evidence(delivery_id, get_store(), tell_event, _read_answers)
    record_evidence(
        pack.letter_id, milestone_id=pack.milestone_id, delivery_id=delivery_id, actor=get_actor()
    )
    name = f"evidence-{delivery_id}.zip"
    return _give_file(pack.content, "application/zip", f'attachment; filename="{name}"')


def _read_answers(delivery_id: int) -> list[PackedAnswer]:
    return [
        PackedAnswer(one.received_at, one.sender, one.subject, one.text)
        for one in list_answers(delivery_id)
    ]


def _open_message(delivery_id: int) -> bytes:
    row = get_delivery(delivery_id).row
    if row.letter_id is None:
        raise NotFound(DeliveryProblem.NO_LETTER)
    message = read_message(delivery_id, get_store().read)
    record_view(row.letter_id, delivery_id=delivery_id, form="message", actor=get_actor())
    return message


def _give_file(content: bytes, media_type: str, disposition: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition
    return response


def _let_frame(response: Response) -> Response:
    """Let pages of this site, and no other, show a response in a frame."""
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response
