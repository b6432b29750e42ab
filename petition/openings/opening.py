"""Opens a campaign once its checklist has no problem, or with a reason despite one."""

from dataclasses import dataclass

from petition.audit.reasons import read_reason
from petition.boundaries.state_layer import need_states, put_states_in_force
from petition.campaigns.lifecycle import set_state
from petition.core.errors import UserError
from petition.core.extensions import db
from petition.models import Campaign, CampaignState
from petition.models.campaigns.campaign import find_campaign_id
from petition.openings.check_lines import CheckLevel
from petition.openings.checklist import Checklist, check_campaign
from petition.openings.opening_problems import OpeningProblem


class NotReady(UserError):
    """The checklist of a campaign has problems, and no reason was given to open despite them."""

    code = "campaign-not-ready"
    status = 409

    def __init__(self, checklist: Checklist) -> None:
        super().__init__(OpeningProblem.NOT_READY)
        self.checklist = checklist


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening did; ``changed``: False if it was open; then nothing was checked."""

    changed: bool
    checklist: Checklist


def open_campaign(slug: str, *, actor: str, despite: bool = False, why: str = "") -> Opened:
    """Open a campaign; ``despite``: also if its checklist has problems, and then ``why``.

    - The reason is in the event of the opening, with the codes of the problems.
    - Raises NotReady, InvalidInput for a missing or long reason, and what ``set_state`` does.
    """
    session = db.session()
    campaign_id = find_campaign_id(session, slug)
    state = session.get_one(Campaign, campaign_id, populate_existing=True).state
    session.rollback()
    if state == CampaignState.OPEN:
        return Opened(False, Checklist(slug, ()))
    line = ""
    if despite:
        line = read_reason(why, OpeningProblem.WHY_MISSING, OpeningProblem.WHY_LONG)
    checklist = check_campaign(slug)
    problems = [str(one.code) for one in checklist.list_of(CheckLevel.PROBLEM)]
    if problems and not despite:
        raise NotReady(checklist)
    detail = {"why": line, "problems": ", ".join(problems)} if problems else {}
    changed = set_state(slug, CampaignState.OPEN, actor=actor, detail=detail)
    if need_states(db.session()):
        put_states_in_force()
    return Opened(changed, checklist)
