"""Delivery: a rendered letter goes to its post by its channel, once, and the log says how."""

from petition.delivery.schedule import find_due, recover_expired, release_held
from petition.delivery.send import deliver
from petition.delivery.staff_decisions import cancel, resolve, retry

__all__ = [
    "cancel",
    "deliver",
    "find_due",
    "recover_expired",
    "release_held",
    "resolve",
    "retry",
]
