"""Uploaded lists and webhooks of an organization in every state, for its pages."""

from datetime import timedelta
from io import BytesIO

from sqlalchemy import select, update

from petition.bulk.uploads.upload_requests import begin_upload, receive_list, undo_upload
from petition.bulk.uploads.upload_run import run_uploads
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.claims import claim, mark_handover
from petition.dispatch.settlement import settle
from petition.error_messages.description import describe_row
from petition.models import CONSENT_EVENTS, ImportUpload, WebhookDelivery
from petition.models.states import OutgoingState
from petition.partners.consents.numbering import number_changes
from petition.partners.webhooks.endpoint_health import note_failure
from petition.partners.webhooks.endpoints import add_endpoint, disable_endpoint
from petition.partners.webhooks.planning import plan_deliveries
from petition.partners.webhooks.replays import send_test_event
from petition.partners.webhooks.webhook_kind import WEBHOOKS
from tests.ground import SLUG

ACTOR = "partner:1"
SHEET = """First name,Last name,E-mail address,ZIP code,What they told us at the table
Ada,Mariner,ada{n}@people.example,02139,We read to our children under those cameras
Guadalupe,Ferreira-Montgomery,guadalupe{n}@a-rather-long-name-of-a-company.example,02139,
Nils,Ekholm,nils-at-people.example,02139,
"""
CHOSEN = {
    "column_given_name": "0",
    "column_family_name": "1",
    "column_email": "2",
    "column_postal_code": "3",
    "source": "Paper sheets at the farmers’ market on the square",
    "agreed": "On May 2 and 3, each signed a sheet with the letter printed on it",
    "promise": "yes",
}
NAMES = (
    "market-sheets.csv",
    "taken-back.csv",
    "a-list-whose-name-is-as-long-as-some-offices-like-to-make-them-final-2026-11.csv",
    "being-read.csv",
    "waiting.csv",
    "draft.csv",
)
READ, UNDONE, FAILED, RUNNING, WAITING, DRAFT = range(1, 7)
URLS = (
    "https://hooks.river-walkers.example/in",
    "https://automation.river-walkers.example:8443/webhook/" + "0123456789abcdef" * 20,
    "https://old.river-walkers.example/in",
)
WORKS, FAILS, OFF = 1, 2, 3
# Events of the first webhook; two tests are the first of all.
EVENTS = {"test-refused": 1, "test-waits": 2, "taken": 3, "retried": 4, "given-up": 5}


def bring_lists(group: int, user_id: int) -> None:
    """Upload six lists: read, taken back, ended early, being read, waiting, and one not begun."""
    for number, name in enumerate(NAMES, 1):
        content = SHEET.format(n=number).encode()
        upload_id = receive_list(group, user_id, SLUG, name, BytesIO(content))
        assert upload_id == number
        if number < DRAFT:
            begin_upload(group, user_id, upload_id, CHOSEN)
        if number <= FAILED:
            while run_uploads(describe_row, lambda: False):
                pass
    hour = utcnow() - timedelta(hours=1)
    set_upload(READ, began_at=hour, ended_at=hour)
    undo_upload(group, user_id, UNDONE)
    set_upload(UNDONE, due_at=None)
    set_upload(FAILED, began_at=hour, ended_at=hour, failure="closed")
    set_upload(RUNNING, began_at=utcnow(), rows=2_000_000)


def set_upload(number: int, **values: object) -> None:
    with transaction() as session:
        session.execute(update(ImportUpload).where(ImportUpload.id == number).values(**values))


def hook_up(group: int) -> None:
    """Add three webhooks before people consent, and send two tests to the first."""
    kinds = [event.value for event in CONSENT_EVENTS]
    for number, url in enumerate(URLS, 1):
        signing = "symmetric" if number == FAILS else "ed25519"
        assert add_endpoint(group, url, kinds, signing, actor=ACTOR).id == number
    answer(send_test_event(group, WORKS, actor=ACTOR), OutgoingState.FAILED, "timed out")
    send_test_event(group, WORKS, actor=ACTOR)


def send_events(group: int) -> None:
    """Tell the webhooks what happened: one takes it and refuses it, one fails, and one is off."""
    while number_changes():
        pass
    while plan_deliveries():
        pass
    _, first, second, third, *_ = list_due(WORKS)
    answer(first, OutgoingState.ACCEPTED, "200")
    answer(second, OutgoingState.RETRY_WAIT, "503")
    answer(third, OutgoingState.FAILED, "no public address")
    answer(list_due(FAILS)[0], OutgoingState.RETRY_WAIT, "the certificate is not valid")
    for _ in range(12):
        note_failure(FAILS)
    disable_endpoint(group, OFF, actor=ACTOR)


def list_due(endpoint_id: int) -> list[int]:
    query = select(WebhookDelivery.id).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.due_at.is_not(None)
    )
    found = db.session.scalars(query.order_by(WebhookDelivery.id)).all()
    db.session.rollback()
    return list(found)


def answer(delivery_id: int, state: OutgoingState, code: str) -> None:
    """Settle one attempt at an event as an answer of its receiver would."""
    claimed = claim(WEBHOOKS, delivery_id)
    assert claimed is not None
    mark_handover(WEBHOOKS, claimed, "")
    settle(WEBHOOKS, claimed, state, AttemptEnd(code))
