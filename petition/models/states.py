"""The states of signatures, deliveries and organizations, and the only changes between them.

The tables here define them; migrations/ has the same pairs in triggers, so that the database itself
refuses a change that is not listed, and a test checks that both are equal.
"""

from collections.abc import Mapping
from enum import StrEnum

from petition.core.errors import TransitionRefused


class SignatureState(StrEnum):
    """The progress of a signature towards being counted."""

    PENDING = "pending"  # waits for the signer to confirm their address
    CONFIRMED = "confirmed"  # waits to be located
    LOCATED = "located"  # its districts are known, waits to be counted
    REVIEW = "review"  # no district, or more than one possible: counted nowhere
    COUNTED = "counted"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ERASED = "erased"


class MilestoneState(StrEnum):
    """Whether the letter of a hundred may be made."""

    REACHED = "reached"  # to be reviewed, or its list of members has changed since the review
    HELD = "held"  # waits for a person
    CLEARED = "cleared"


class DeliveryState(StrEnum):
    """The progress of a delivery to the office."""

    QUEUED = "queued"  # waits for its letter
    RENDERED = "rendered"  # has its letter, waits to be sent
    SENDING = "sending"  # claimed by a worker until ``due_at``
    ACCEPTED = "accepted"  # the office's server (or the outbox) accepted it
    DELIVERED = "delivered"  # a report proved it, or a person at the office confirmed it
    RETRY_WAIT = "retry_wait"  # refused temporarily, tried again at ``due_at``
    FAILED = "failed"  # refused permanently
    BOUNCED = "bounced"  # accepted, then returned
    UNKNOWN = "unknown"  # handed over, no answer: a person decides, never a resend
    HELD = "held"  # not to be sent for now: see HoldReason
    CANCELLED = "cancelled"


class OutgoingState(StrEnum):
    """The states that the engine uses, of all rows that are sent at most once.

    - A table may have more, such as deliveries; shared states have the same values.
    """

    QUEUED = "queued"  # waits to be sent
    SENDING = "sending"  # claimed by a worker until ``due_at``
    ACCEPTED = "accepted"  # the recipient's side accepted it
    RETRY_WAIT = "retry_wait"  # refused temporarily, tried again at ``due_at``
    FAILED = "failed"  # refused permanently
    UNKNOWN = "unknown"  # handed over, no answer: a person decides, never a resend
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    """The reason why a delivery is held."""

    BELOW = "below-milestone"  # signers left; resumed once the hundred is reached again
    VACANT = "vacant"  # the seat is vacant; the successor gets the letter
    NO_ADDRESS = "no-address"  # the post cannot be reached by this channel
    NOT_RENDERED = "not-rendered"  # no letter could be made; staff queue it again once it is fixed
    MILESTONE = "milestone-held"  # its hundred waits for staff, who release or invalidate it
    REDISTRICTED = "redistricted"  # its district ended; the new one raises the hundred again
    STAFF = "held-by-staff"  # a person decided so; only a person releases it


class OrganizationState(StrEnum):
    """Whether an organization may be shown, and look people up."""

    APPLIED = "applied"  # it has proved an address, and waits for staff
    APPROVED = "approved"
    SUSPENDED = "suspended"  # shown nowhere, and looks nothing up, until staff resume it
    REFUSED = "refused"


S = SignatureState
M = MilestoneState
D = DeliveryState
Out = OutgoingState
Org = OrganizationState

# The states in which a person counts as having signed: at most one row for a person and campaign.
LIVE = (S.PENDING, S.CONFIRMED, S.LOCATED, S.REVIEW, S.COUNTED)
ENDED = (S.WITHDRAWN, S.REJECTED, S.EXPIRED, S.ERASED)
# The states in which a delivery may be claimed.
CLAIMABLE = (D.RENDERED, D.RETRY_WAIT)
# The states of deliveries that wait for a person.
NEEDS_A_PERSON = (D.UNKNOWN, D.FAILED, D.BOUNCED, D.HELD)
# The states in which the outcome of a delivery is final unless a person acts.
SETTLED = (D.ACCEPTED, D.DELIVERED, D.FAILED, D.BOUNCED, D.UNKNOWN, D.CANCELLED)

SIGNATURE_TRANSITIONS: Mapping[SignatureState, tuple[SignatureState, ...]] = {
    S.PENDING: (S.CONFIRMED, S.WITHDRAWN, S.REJECTED, S.EXPIRED, S.ERASED),
    S.CONFIRMED: (S.LOCATED, S.REVIEW, S.WITHDRAWN, S.REJECTED, S.ERASED),
    S.LOCATED: (S.COUNTED, S.CONFIRMED, S.REVIEW, S.WITHDRAWN, S.REJECTED, S.ERASED),
    S.REVIEW: (S.CONFIRMED, S.LOCATED, S.WITHDRAWN, S.REJECTED, S.ERASED),
    S.COUNTED: (S.CONFIRMED, S.WITHDRAWN, S.REJECTED, S.ERASED),
    S.WITHDRAWN: (S.ERASED,),
    S.REJECTED: (S.CONFIRMED, S.ERASED),  # reinstated: only if rejected by staff
    S.EXPIRED: (S.ERASED,),
    S.ERASED: (),
}

MILESTONE_TRANSITIONS: Mapping[MilestoneState, tuple[MilestoneState, ...]] = {
    M.REACHED: (M.CLEARED, M.HELD),
    M.HELD: (M.CLEARED, M.REACHED),
    M.CLEARED: (M.REACHED,),
}

DELIVERY_TRANSITIONS: Mapping[DeliveryState, tuple[DeliveryState, ...]] = {
    D.QUEUED: (D.RENDERED, D.HELD, D.CANCELLED),
    D.RENDERED: (D.SENDING, D.QUEUED, D.HELD, D.CANCELLED),
    D.SENDING: (D.ACCEPTED, D.RETRY_WAIT, D.FAILED, D.UNKNOWN),
    D.ACCEPTED: (D.DELIVERED, D.BOUNCED),
    D.RETRY_WAIT: (D.SENDING, D.HELD, D.CANCELLED),  # held: by staff only
    D.FAILED: (D.RETRY_WAIT, D.CANCELLED),
    # The office says that it has the letter after all.
    D.BOUNCED: (D.DELIVERED, D.RETRY_WAIT, D.CANCELLED),
    D.UNKNOWN: (D.ACCEPTED, D.RETRY_WAIT, D.CANCELLED),
    D.HELD: (D.QUEUED, D.RETRY_WAIT, D.CANCELLED),  # a retry if it was tried, queued if not
    D.DELIVERED: (D.BOUNCED,),  # a server behind the one that reported it returned it
    D.CANCELLED: (),
}

OUTGOING_TRANSITIONS: Mapping[OutgoingState, tuple[OutgoingState, ...]] = {
    Out.QUEUED: (Out.SENDING, Out.CANCELLED),
    Out.SENDING: (Out.ACCEPTED, Out.RETRY_WAIT, Out.FAILED, Out.UNKNOWN),
    Out.ACCEPTED: (),
    Out.RETRY_WAIT: (Out.SENDING, Out.CANCELLED),
    Out.FAILED: (Out.RETRY_WAIT, Out.CANCELLED),
    Out.UNKNOWN: (Out.ACCEPTED, Out.RETRY_WAIT, Out.CANCELLED),
    Out.CANCELLED: (),
}

# A refusal may have been a mistake: staff approve it afterwards, with a reason.
ORGANIZATION_TRANSITIONS: Mapping[OrganizationState, tuple[OrganizationState, ...]] = {
    Org.APPLIED: (Org.APPROVED, Org.REFUSED),
    Org.APPROVED: (Org.SUSPENDED,),
    Org.SUSPENDED: (Org.APPROVED,),
    Org.REFUSED: (Org.APPROVED,),
}


def check_signature_change(old: SignatureState, new: SignatureState) -> None:
    """Raise TransitionRefused unless the table lists the change."""
    if new not in SIGNATURE_TRANSITIONS[old]:
        raise TransitionRefused(f"a signature does not go from {old} to {new}")
