"""Codes of the reasons why an action on a campaign is refused."""

from petition.core.errors import ProblemCode


class CampaignProblem(ProblemCode):
    """Reasons why a campaign cannot be signed, confirmed, opened, edited or followed.

    - Parameters: ``CLOSED_ON_UNCONFIRMED`` has ``day``, when it closed; ``PEOPLE_ERASED`` and
      ``NO_ASK`` have ``slug``; ``EDITED`` has ``number``, the version that is in force.
    """

    NOT_FOUND = "campaign-not-found"
    NOT_OPEN_YET = "campaign-not-open-yet"
    CLOSED = "campaign-closed"
    CLOSED_UNCONFIRMED = "campaign-closed-unconfirmed"
    CLOSED_ON_UNCONFIRMED = "campaign-closed-on-unconfirmed"
    FOLLOWS_ITSELF = "campaign-follows-itself"
    NO_PICTURE = "campaign-no-picture"
    PEOPLE_ERASED = "campaign-people-erased"
    NO_ASK = "campaign-no-ask"
    EDITED = "campaign-edited"
    NO_VERSION = "campaign-no-version"
    NO_DRAFT = "campaign-no-draft"
