"""What goes by a lane that is stopped waits, and keeps neither workers nor other rows busy."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import ColumnElement, update

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.core.queues import Stage, get_queues
from petition.dispatch.attempts import AttemptEnd
from petition.dispatch.claims import claim
from petition.dispatch.engine import send_due
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, Receipt
from petition.dispatch.lanes import PROBE_EACH, hold_lane, note_refused, open_lane, stop_lane
from petition.dispatch.settlement import settle
from petition.models import Cause, LaneName
from petition.models.states import OutgoingState
from tests.dispatch.conftest import Enter
from tests.dispatch.postcards import POSTCARDS, Postcard, PostcardKind, read, write
from tests.mail import servers
from tests.mail.servers import RoughServer
from workers import jobs, pipeline
from workers.reconcile import reconcile

# Its tables are no others' of the same process.
pytestmark = pytest.mark.own_database


class PartlyByHand(PostcardKind):
    """Postcards of which those to Boston are carried there, past the mail server."""

    def find_lane(self, row: Postcard) -> LaneName | None:
        return None if row.town == "boston" else self.lane

    def uses_lane(self) -> ColumnElement[bool]:
        return Postcard.town != "boston"

    def send(self, claimed: Claim[str], handover: HandoverStep) -> Receipt:
        assert claimed.content == "boston"
        handover.begin()
        return Receipt("carried")


def stop() -> None:
    with transaction() as session:
        lane = hold_lane(session, LaneName.LETTERS)
        note_refused(lane, "550 at mail", utcnow())
        stop_lane(session, lane, utcnow())


def test_workers_are_woken_for_a_probe_only(
    enter: Enter,
    registered: None,
    monkeypatch: pytest.MonkeyPatch,
    make_later: Callable[[timedelta], None],
) -> None:
    with RoughServer(*[servers.accept] * 5) as server:
        app = enter(server.address)
        jobs.get_app.cache_clear()
        monkeypatch.setattr(jobs, "create_app", lambda: app)
        card_ids = write("lowell", "salem", "quincy")
        stop()

        closed = reconcile()
        pipeline.dispatch_job()  # one that was woken before ends
        untouched = {(read(id).state, read(id).attempt) for id in card_ids}
        make_later(PROBE_EACH + timedelta(seconds=1))
        probe = reconcile()
        pipeline.dispatch_job()
        jobs.get_app.cache_clear()

        assert (closed.dispatch, closed.failed, untouched) == (0, 0, {("queued", 0)})
        assert probe.dispatch == 1
        # The first that is taken opens the lane, and the others follow in the same job.
        assert {read(id).state for id in card_ids} == {OutgoingState.ACCEPTED}
        assert len(server.kept) == 3
        assert get_queues().count_standing(Stage.DISPATCH) == 1


def test_rows_that_go_by_no_lane_go_past_any_number_that_wait_for_it(enter: Enter) -> None:
    enter("127.0.0.1:9")
    kind = PartlyByHand()
    write(*["lowell"] * 5)
    (boston,) = write("boston")
    stop()

    assert send_due(kind, limit=3) == 1
    assert read(boston).state == OutgoingState.ACCEPTED


def test_of_a_stopped_lane_one_row_is_due_when_it_may_be_tried(
    enter: Enter, make_later: Callable[[timedelta], None]
) -> None:
    enter("127.0.0.1:9")
    write("lowell", "salem")
    stop()
    closed = POSTCARDS.find_due()
    make_later(PROBE_EACH + timedelta(seconds=1))

    assert (closed, len(POSTCARDS.find_due())) == ([], 1)


def test_what_was_refused_goes_again_once_another_kind_has_opened_the_lane(
    enter: Enter, registered: None
) -> None:
    enter("127.0.0.1:9")
    (card_id,) = write("lowell")
    claimed = claim(POSTCARDS, card_id)
    assert claimed is not None
    end = AttemptEnd("451 4.7.1 at mail", Cause.UNSURE)
    assert settle(POSTCARDS, claimed, OutgoingState.RETRY_WAIT, end) is OutgoingState.RETRY_WAIT
    stop()
    with transaction() as session:
        in_an_hour = utcnow() + timedelta(hours=1)
        session.execute(update(Postcard).values(due_at=in_an_hour))
    stopped = reconcile()
    with transaction() as session:  # as a letter that was accepted does
        open_lane(session, hold_lane(session, LaneName.LETTERS), utcnow(), "system")

    opened = reconcile()

    assert (stopped.revived, stopped.failed, opened.revived, opened.failed) == (0, 0, 1, 0)
    assert POSTCARDS.find_due() == [card_id]
    assert reconcile().revived == 0
