"""Delivery: a rendered letter goes to its post by its channel, once, and the log says how."""

from petition.delivery.decide import cancel, resolve, retry
from petition.delivery.due import find_due, recover_expired, release_held
from petition.delivery.send import deliver

__all__ = [
    "cancel",
    "deliver",
    "find_due",
    "recover_expired",
    "release_held",
    "resolve",
    "retry",
]
