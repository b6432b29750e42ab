"""What staff decide: retry, resolve, cancel, each with its words in the log."""

import pytest

from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.delivery.delivery_problems import DeliveryProblem
from petition.delivery.log.delivery_log import get_delivery, read_log
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import cancel, confirm, resolve, retry
from petition.dispatch.attempts import AttemptEnd
from petition.models import DeliveryState, Event
from tests.delivery.conftest import Ready, get_row, get_state
from tests.delivery.letter_engine import LetterClaim, claim, settle
from tests.delivery.letter_reports import note_bounce

STAFF = "staff:7"


def take(ready: Ready) -> LetterClaim:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    return claimed


def read_last(ready: Ready) -> Event:
    return read_log(ready.delivery_id)[-1]


def test_a_failed_delivery_goes_again_when_staff_say_so(ready: Ready) -> None:
    settle(take(ready), DeliveryState.FAILED, AttemptEnd("550 at rcpt"))

    assert retry(ready.delivery_id, STAFF, "  the office\nmended it ") is DeliveryState.RETRY_WAIT

    event = read_last(ready)
    assert (event.action, event.actor) == ("delivery.retried", STAFF)
    assert event.detail == {"was": "failed", "why": "the office mended it"}
    assert get_row(ready.delivery_id).settled_at is None
    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_a_waiting_delivery_goes_at_once_when_staff_say_so(ready: Ready) -> None:
    settle(take(ready), DeliveryState.RETRY_WAIT, AttemptEnd("451 at rcpt"))

    retry(ready.delivery_id, "cli")

    assert deliver(ready.delivery_id, ready.read_letter) is DeliveryState.ACCEPTED


def test_an_unknown_delivery_is_never_sent_before_it_is_resolved(ready: Ready) -> None:
    settle(take(ready), DeliveryState.UNKNOWN, AttemptEnd("dropped at answer"))

    with pytest.raises(UserError, match=DeliveryProblem.OUTCOME_UNKNOWN):
        retry(ready.delivery_id, STAFF)

    assert get_state(ready.delivery_id) is DeliveryState.UNKNOWN
    assert deliver(ready.delivery_id, ready.read_letter) is None


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("sent", DeliveryState.ACCEPTED), ("not-sent", DeliveryState.RETRY_WAIT)],
)
def test_staff_resolve_an_unknown_delivery(
    ready: Ready, outcome: str, state: DeliveryState
) -> None:
    settle(take(ready), DeliveryState.UNKNOWN, AttemptEnd("dropped at answer"))

    assert resolve(ready.delivery_id, outcome, "the clerk told us", STAFF) is state

    row = get_row(ready.delivery_id)
    assert row.state == state
    assert (row.settled_at is not None) == (outcome == "sent")
    event = read_last(ready)
    assert (event.action, event.actor) == ("delivery.resolved", STAFF)
    assert event.detail == {"outcome": outcome, "why": "the clerk told us"}
    again = deliver(ready.delivery_id, ready.read_letter)
    assert again is (None if outcome == "sent" else DeliveryState.ACCEPTED)


def test_resolving_needs_an_outcome_a_reason_and_an_unknown(ready: Ready) -> None:
    with pytest.raises(InvalidInput) as caught:
        resolve(ready.delivery_id, "maybe", "because", STAFF)
    assert caught.value.problems == {"outcome": Problem(DeliveryProblem.OUTCOME_MISSING)}
    with pytest.raises(InvalidInput) as caught:
        resolve(ready.delivery_id, "sent", " \n ", STAFF)
    assert caught.value.problems == {"why": Problem(DeliveryProblem.WHY_MISSING)}
    with pytest.raises(UserError, match=DeliveryProblem.OUTCOME_KNOWN):
        resolve(ready.delivery_id, "sent", "because", STAFF)


def test_a_cancelled_delivery_is_never_sent(ready: Ready) -> None:
    cancel(ready.delivery_id, STAFF, "the campaign was withdrawn")

    assert deliver(ready.delivery_id, ready.read_letter) is None
    view = get_delivery(ready.delivery_id)
    assert view.row.state is DeliveryState.CANCELLED
    assert not (view.can_retry or view.can_resolve or view.can_cancel)


def test_what_is_on_its_way_or_has_arrived_cannot_be_cancelled(ready: Ready) -> None:
    claimed = take(ready)
    with pytest.raises(UserError, match=DeliveryProblem.NOT_CANCELLED):
        cancel(ready.delivery_id, STAFF, "stop")

    settle(claimed, DeliveryState.ACCEPTED, AttemptEnd("250"))
    with pytest.raises(UserError, match=DeliveryProblem.NOT_CANCELLED):
        cancel(ready.delivery_id, STAFF, "stop")
    with pytest.raises(UserError, match=DeliveryProblem.NOT_RETRIED):
        retry(ready.delivery_id, STAFF)


def test_words_are_cut_to_what_the_log_holds(ready: Ready) -> None:
    cancel(ready.delivery_id, STAFF, "x" * 9000)

    assert len(read_last(ready).detail["why"]) == 500


def test_a_delivery_that_is_not_there_is_not_found(ready: Ready) -> None:
    for decide in (
        lambda: retry(999_999, STAFF),
        lambda: resolve(999_999, "sent", "why", STAFF),
        lambda: cancel(999_999, STAFF, "why"),
        lambda: confirm(999_999, "why", STAFF),
    ):
        with pytest.raises(NotFound):
            decide()


def settle_as(ready: Ready, state: DeliveryState) -> None:
    """Send it once, so that it ends in a state."""
    claimed = take(ready)
    if state is DeliveryState.UNKNOWN:
        settle(claimed, state, AttemptEnd("timeout at answer"))
        return
    settle(claimed, DeliveryState.ACCEPTED, AttemptEnd("250"))
    if state is DeliveryState.BOUNCED:
        note_bounce(get_row(ready.delivery_id).message_id)


@pytest.mark.parametrize(
    "state", [DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED]
)
def test_what_a_person_at_the_office_confirms_is_delivered_on_the_day_it_was_sent(
    ready: Ready, state: DeliveryState
) -> None:
    settle_as(ready, state)
    assert get_delivery(ready.delivery_id).can_confirm

    confirm(ready.delivery_id, "Ms. Doe, by telephone", STAFF)

    delivery = get_row(ready.delivery_id)
    assert (delivery.state, delivery.reason) == ("delivered", None)
    assert delivery.settled_at == delivery.attempts[0].ended_at
    event = read_last(ready)
    assert (event.action, event.actor) == ("delivery.confirmed", STAFF)
    assert event.detail == {"was": state.value, "why": "Ms. Doe, by telephone"}


def test_a_letter_that_was_not_sent_or_is_delivered_is_not_confirmed(ready: Ready) -> None:
    with pytest.raises(UserError, match=DeliveryProblem.NOT_CONFIRMED):
        confirm(ready.delivery_id, "a call", STAFF)
    settle_as(ready, DeliveryState.ACCEPTED)
    with pytest.raises(InvalidInput):
        confirm(ready.delivery_id, " ", STAFF)
    confirm(ready.delivery_id, "a call", STAFF)
    with pytest.raises(UserError, match=DeliveryProblem.NOT_CONFIRMED):
        confirm(ready.delivery_id, "another call", STAFF)
