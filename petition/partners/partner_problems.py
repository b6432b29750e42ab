"""What is wrong with a request about a partner organization, by code."""

from petition.core.errors import ProblemCode


class PartnerProblem(ProblemCode):
    """There is no such thing of this organization, or it cannot be done.

    - SLUG_TAKEN and SLUG_REFUSED have ``slug``; TOO_LONG has ``most``, in characters;
      BASES_FULL and DIVISIONS_MANY have ``most``; DIVISION_UNKNOWN has ``division``.
    """

    NO_LOGO = "organization-no-logo"
    NO_GROUP = "organization-not-shown"
    NO_APPLICATION = "application-not-found"
    APPLICATION_DECIDED = "application-decided"
    LINK_SPENT = "application-link-spent"
    NO_CHANGE = "organization-change-not-found"
    STATE_OTHERWISE = "organization-state-otherwise"
    WHY_MISSING = "organization-why-missing"
    VOUCH_MISSING = "organization-vouch-missing"
    SLUG_TAKEN = "organization-slug-taken"
    SLUG_REFUSED = "organization-slug-refused"
    NAME_MISSING = "organization-name-missing"
    NAME_REFUSED = "organization-name-refused"
    CONTACT_MISSING = "organization-contact-missing"
    EMAIL_REFUSED = "organization-email-refused"
    URL_REFUSED = "organization-url-refused"
    ZIP_REFUSED = "organization-zip-refused"
    TEXT_MISSING = "organization-text-missing"
    TEXT_REFUSED = "organization-text-refused"
    TOO_LONG = "organization-text-long"
    REACH_REFUSED = "organization-reach-refused"
    LOGO_REFUSED = "organization-logo-refused"
    DIVISION_REFUSED = "organization-division-refused"
    DIVISION_UNKNOWN = "organization-division-unknown"
    DIVISIONS_MANY = "organization-divisions-many"
    REACH_TWICE = "organization-reach-twice"
    NO_BASE = "organization-base-not-found"
    BASE_KNOWN = "organization-base-known"
    BASES_FULL = "organization-bases-full"
    LAST_OWNER = "organization-last-owner"
    NO_MEMBER = "organization-member-not-found"
