"""Resumes the messages of organizations that the mail server refused."""

from petition.core.clock import utcnow
from petition.core.extensions import transaction
from petition.dispatch.lane_rulings import bring_forward
from petition.dispatch.lanes import hold_lane, open_lane
from petition.models import LaneName
from petition.notifications.relayed.relay_kind import RELAY


def resume_relay(actor: str, why: str = "") -> int:
    """Open the lane by hand and make due the rows that wait after a refusal; return how many."""
    now = utcnow()
    with transaction() as session:
        open_lane(session, hold_lane(session, LaneName.RELAY), now, actor, why)
        return bring_forward(session, RELAY, now)
