"""Messages for visitors about a campaign that does not exist or is not open."""

from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from petition.campaigns.campaign_problems import CampaignProblem
from petition.core.errors import ProblemCode

CAMPAIGN_MESSAGES: Mapping[ProblemCode, LazyString] = {
    CampaignProblem.NOT_FOUND: lazy_gettext("There is no such campaign."),
    CampaignProblem.NO_PICTURE: lazy_gettext("There is no such picture."),
    CampaignProblem.NOT_OPEN_YET: lazy_gettext(
        "This campaign is not open yet. Come back when it opens."
    ),
    CampaignProblem.CLOSED: lazy_gettext("This campaign is closed and takes no more signatures."),
    CampaignProblem.CLOSED_UNCONFIRMED: lazy_gettext(
        "This letter is closed. Your signature was not confirmed before that, so it does not "
        "count; nothing was stored."
    ),
    CampaignProblem.CLOSED_ON_UNCONFIRMED: lazy_gettext(
        "This letter closed on %(day)s. Your signature was not confirmed before that, so it does "
        "not count; nothing was stored."
    ),
}
