"""The retention of each kind of data in days, as an operator can set it."""

from collections.abc import Mapping
from dataclasses import dataclass

from petition.core.environment import read_limit
from petition.core.errors import ConfigurationError

LONGEST = 36_500
# The service itself needs the last 30 days: of mails that may be sent again, and of bounces.
LOOKED_BACK_AT = 31
# Bounces of the last letters arrive, and confirmations expire, in less time.
SHORTEST_AFTER_CLOSE = 30


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """Days for which each kind of data is kept; None: for ever. ``backups`` erases nothing.

    - ``expired``, ``rejected``, ``withdrawn``: signatures that ended so, from then on. ``review``:
      those in review that never counted, from the last action on them.
    - ``closed``: the people of a campaign, from its close. ``erased``: the rest of an erased row.
    - ``struck``: comments that staff struck. ``said``: replies of mail servers to letters.
    - ``mails``: rows of mails that were sent. ``mail_files``: mails kept as files. ``incoming``:
      hashes of mail that was read. ``asks``: requests for a lost link that were not looked up.
    - ``replies``: files of signers who would like an answer, from their letter's last hand-over.
    - ``proofs``: of imported signatures, from the start of the import.
    - ``uploads``: files of lists that organizations uploaded, from their end or their upload.
    - ``invitations``: those that have ended, and e-mails to accounts.
    - ``relayed``: messages of organizations to people, from their end or their last change.
    - ``journals``: lines of decisions.log and handovers.log. ``backups``: the greatest age of a
      backup that may still be restored; None if it is not set.
    """

    expired: int | None
    rejected: int | None
    withdrawn: int | None
    review: int | None
    closed: int | None
    erased: int | None
    struck: int | None
    said: int | None
    mails: int | None
    mail_files: int | None
    incoming: int | None
    asks: int | None
    replies: int | None
    proofs: int | None
    uploads: int | None
    invitations: int | None
    relayed: int | None
    journals: int | None
    backups: int | None


def read_keep(env: Mapping[str, str]) -> KeepLimits:
    """Return the retention of each kind; raises ConfigurationError naming the setting."""
    limits = KeepLimits(
        expired=_read(env, "PETITION_KEEP_EXPIRED_DAYS", 30),
        rejected=_read(env, "PETITION_KEEP_REJECTED_DAYS", 30),
        withdrawn=_read(env, "PETITION_KEEP_WITHDRAWN_DAYS", None),
        review=_read(env, "PETITION_KEEP_REVIEW_DAYS", None, 14),
        closed=_read(env, "PETITION_KEEP_CLOSED_DAYS", None, SHORTEST_AFTER_CLOSE),
        erased=_read(env, "PETITION_KEEP_ERASED_DAYS", 91),
        struck=_read(env, "PETITION_KEEP_STRUCK_DAYS", None),
        said=_read(env, "PETITION_KEEP_SAID_DAYS", 365),
        mails=_read(env, "PETITION_KEEP_MAILS_DAYS", 90, LOOKED_BACK_AT),
        mail_files=_read(env, "PETITION_KEEP_MAIL_FILES_DAYS", 30),
        incoming=_read(env, "PETITION_KEEP_INCOMING_DAYS", None, LOOKED_BACK_AT),
        asks=_read(env, "PETITION_KEEP_ASKS_DAYS", 7),
        replies=_read(env, "PETITION_KEEP_REPLIES_DAYS", 90, LOOKED_BACK_AT),
        proofs=_read(env, "PETITION_KEEP_PROOFS_DAYS", 365),
        uploads=_read(env, "PETITION_KEEP_UPLOADS_DAYS", 7),
        invitations=_read(env, "PETITION_KEEP_INVITATIONS_DAYS", 90),
        relayed=_read(env, "PETITION_KEEP_RELAYED_DAYS", 365, LOOKED_BACK_AT),
        journals=_read(env, "PETITION_KEEP_JOURNALS_DAYS", None),
        backups=_read(env, "PETITION_KEEP_BACKUPS_DAYS", None),
    )
    if limits.journals is not None and limits.journals <= (limits.backups or limits.journals):
        raise ConfigurationError(
            "PETITION_KEEP_JOURNALS_DAYS",
            "must be more than PETITION_KEEP_BACKUPS_DAYS, which must be set: otherwise a "
            "restored backup could bring people back, or send letters again, that are in no "
            "journal any more",
        )
    return limits


def _read(env: Mapping[str, str], name: str, default: int | None, low: int = 1) -> int | None:
    """Return days; None for ``off``, and if nothing is set and the default is None."""
    if default is None and not env.get(name):
        return None
    days = read_limit(env, name, default or low, low, LONGEST)
    if days is not None and days != int(days):
        raise ConfigurationError(name, f"must be a whole number from {low} to {LONGEST}, or off")
    return None if days is None else int(days)
