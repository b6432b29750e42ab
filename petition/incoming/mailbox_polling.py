"""Polls the mailbox of the settings by IMAP, and applies what is new in it.

- A message is marked only after its effect is committed. If a process ends in between, the message
  is read again, and changes nothing: its key is stored with its effect.
- A batch holds what was read of its messages, never the messages. It is applied by severity, and
  the place in the mailbox is stored after each, so that the next poll continues there.
- A message that the server does not give, or that an error of ours keeps from being read or
  applied, is put aside, unmarked, and counted: the others do not wait for it. So is an answer over
  the number that is kept of one letter.
- After a process that ended in its turn, each message is counted as put aside, and its place is
  stored, before it is read: what ends every process that reads it is read twice at most.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

from petition.core.errors import MailboxUnavailable, Retryable
from petition.core.extensions import db, get_settings
from petition.core.logs import get_logger
from petition.incoming.applied_mail import MailSubject, apply_mail, rank
from petition.incoming.mailbox_poll_rows import (
    PollTurn,
    end_failed_turn,
    end_turn,
    keep_turn,
    save_place,
    take_turn,
)
from petition.mail.imap.imap_mailbox import OF_ONE_MESSAGE, ImapMailbox
from petition.mail.imap.imap_url import ImapServer
from petition.mail.inbox import note_reading
from petition.mail.reports import MailReport, read_report

log = get_logger(__name__)
BATCH = 200  # messages that are read before any is applied
BATCH_BYTES = 16 * 1024 * 1024  # of them, after which no other is added
BATCH_SECONDS = 20.0
POLL_SECONDS = 240.0  # after which the rest waits for the next poll
KEPT_EVERY_SECONDS = 20.0  # between two extensions of the lease


@dataclass(slots=True)
class PolledMail:
    """What one poll found.

    - ``counts``: messages by what they were about. ``put_aside``: those that could not be applied.
    - ``at_end``: nothing was left to read.
    """

    counts: Counter[MailSubject] = field(default_factory=Counter)
    put_aside: int = 0
    at_end: bool = False


class TurnLost(Exception):
    """Another process reads the mailbox by now."""


def poll_mailbox(server: ImapServer | None = None) -> PolledMail | None:
    """Read what is new in a mailbox, by default that of the settings; return what was found.

    - None without a mailbox, and while another process reads it.
    - Raises MailboxUnavailable, which is stored as well, ConfigurationError, DatabaseUnavailable.
    """
    server = server or ImapServer.from_settings(get_settings())
    turn = take_turn(server.key) if server is not None else None
    if server is None or turn is None:
        return None
    try:
        found = _Poll(server, turn).run()
    except TurnLost:
        log.warning("mailbox.turn_lost")
        return None
    except MailboxUnavailable as error:
        end_failed_turn(turn, str(error))
        raise
    except Exception as error:
        db.session.rollback()
        end_failed_turn(turn, type(error).__name__[:40])
        raise
    end_turn(turn, at_end=found.at_end)
    if found.at_end:
        note_reading()
    return found


class _Poll:
    """One poll of a mailbox, by the process that has the turn."""

    def __init__(self, server: ImapServer, turn: PollTurn) -> None:
        self._server = server
        self._turn = turn
        self._found = PolledMail()
        self._kept_at = self._began_at = time.monotonic()

    def run(self) -> PolledMail:
        """Read batches until nothing is left, or the time is over."""
        with ImapMailbox(self._server) as mailbox:
            is_same = self._turn.uid_validity == mailbox.uid_validity
            uids = mailbox.list_uids(self._turn.last_uid if is_same else 0)
            at = 0
            while at < len(uids):
                if time.monotonic() - self._began_at > POLL_SECONDS:
                    return self._found
                if self._turn.after_failure:
                    at += self._process_one(mailbox, uids[at])
                else:
                    at += self._process(mailbox, uids[at : at + BATCH])
        self._found.at_end = True
        return self._found

    def _process(self, mailbox: ImapMailbox, uids: list[int]) -> int:
        """Read a batch and apply it; return how many of the messages it has."""
        put_aside, size = self._apply_batch(mailbox, uids)
        self._save(mailbox, uids[size - 1], put_aside)
        return size

    def _process_one(self, mailbox: ImapMailbox, uid: int) -> int:
        """Read and apply one message, which counts as put aside until that is done."""
        self._save(mailbox, uid, 1)
        put_aside, _ = self._apply_batch(mailbox, [uid])
        self._save(mailbox, uid, put_aside - 1)
        return 1

    def _apply_batch(self, mailbox: ImapMailbox, uids: list[int]) -> tuple[int, int]:
        """Return how many messages were put aside, and how many were read."""
        reports, refused, size = self._read(mailbox, uids)
        reports.sort(key=lambda one: rank(one[1]))
        done = [uid for uid, report in reports if self._apply(uid, report)]
        put_aside = refused + len(reports) - len(done)
        self._found.put_aside += put_aside
        self._keep()
        mailbox.mark(sorted(done))
        return put_aside, size

    def _save(self, mailbox: ImapMailbox, uid: int, put_aside: int) -> None:
        if not save_place(self._turn, mailbox.uid_validity, uid, put_aside):
            raise TurnLost
        self._kept_at = time.monotonic()

    def _read(
        self, mailbox: ImapMailbox, uids: list[int]
    ) -> tuple[list[tuple[int, MailReport]], int, int]:
        """Return what is in the messages by UID, how many could not be read, and how many it took.

        - Stops after BATCH_BYTES, and after BATCH_SECONDS.
        """
        reports: list[tuple[int, MailReport]] = []
        refused = size = length = 0
        began_at = time.monotonic()
        for uid in uids:
            if size and (length >= BATCH_BYTES or time.monotonic() - began_at > BATCH_SECONDS):
                break
            self._keep()
            size += 1
            try:
                content = mailbox.fetch(uid)
            except MailboxUnavailable as error:
                if str(error) not in OF_ONE_MESSAGE:
                    raise
                log.error("mailbox.put_aside", uid=uid, error=str(error))
                refused += 1
                continue
            if content is None:
                continue
            length += len(content)
            try:
                reports.append((uid, read_report(content)))
            except Exception as error:  # its text could contain what is in the message
                log.error("mailbox.put_aside", uid=uid, error=type(error).__name__)
                refused += 1
        return reports, refused, size

    def _apply(self, uid: int, report: MailReport) -> bool:
        """Apply one message; return False if it is put aside."""
        self._keep()
        try:
            subject = apply_mail(report)
        except Retryable:
            raise
        except Exception as error:  # its text could contain what is in the message
            log.error("mailbox.put_aside", uid=uid, error=type(error).__name__)
            return False
        finally:
            db.session.rollback()  # no transaction is open while the server is asked
        if subject is MailSubject.LEFT:
            log.warning("mailbox.put_aside", uid=uid, error="too many answers")
            return False
        self._found.counts[subject] += 1
        return True

    def _keep(self) -> None:
        """Extend the lease from time to time; raises TurnLost if it was taken over."""
        now = time.monotonic()
        if now - self._kept_at < KEPT_EVERY_SECONDS:
            return
        if not keep_turn(self._turn):
            raise TurnLost
        self._kept_at = now
