"""Why an account is not made, found or given a password, by code."""

from petition.core.errors import ProblemCode


class AccountProblem(ProblemCode):
    """What is wrong; TOO_SHORT has ``least`` and TOO_LONG ``most``, a password's characters."""

    EMAIL_TAKEN = "account-email-taken"
    EMAIL_REFUSED = "account-email-refused"
    NOT_FOUND = "account-not-found"
    TOO_SHORT = "password-short"
    TOO_LONG = "password-long"
    REPEATS_CHARACTERS = "password-repeats"
    HOLDS_NAME = "password-holds-name"
    GUESSABLE = "password-common"
    REPEATED_OTHERWISE = "password-repeated-otherwise"
    WRONG_PASSWORD = "password-wrong"  # noqa: S105
    WRONG_CODE = "code-wrong"
    LINK_SPENT = "account-link-spent"
    ROLE_HELD = "account-role-held"
    ROLE_UNSCOPED = "account-role-scope"
    NO_INVITATION = "invitation-not-found"
    NOT_OPEN = "invitation-not-open"
    NO_SECOND_FACTOR = "second-factor-none"
    NO_ACCOUNT = "account-unknown"
    OWN_ACCOUNT = "account-own"
    LAST_ADMIN = "account-last-admin"
    LAST_OWNER = "account-last-owner"
    GRANT_ENDED = "account-role-ended"
    SCOPE_UNKNOWN = "account-scope-unknown"
    OWNER_NOT_SURE = "account-owner-not-sure"
