"""ImapMailbox: the messages of one folder, read by UID and marked once they are processed."""

import imaplib
import ssl
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from petition.core.errors import MailboxUnavailable
from petition.mail.imap.imap_connection import ImapConnection
from petition.mail.imap.imap_url import ImapServer
from petition.mail.reports import LARGEST

MARKED_AT_ONCE = 100  # UIDs in one command, whose line servers limit
MOST_DIGITS = 10  # of a UID, a number of 32 bits
# What is wrong with one message only, as the text of MailboxUnavailable.
OF_ONE_MESSAGE = ("fetch", "refused at fetch")
T = TypeVar("T")


class ImapMailbox:
    """An open folder, as a context manager.

    - ``uid_validity``: UIDs are those of before only while it is the same (RFC 3501, 2.3.1.1).
    - Every method raises MailboxUnavailable, whose text is a code and nothing of the server's.
    """

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._connection = _translate("connect", lambda: ImapConnection(server))
        try:
            self._call("login", lambda c: c.login(server.user, server.password))
            self._call("folder", lambda c: c.select(_quote(server.folder)))
            self.uid_validity = self._read_validity()
            self._can = self._read_capabilities() if server.move_to else frozenset()
        except BaseException:
            self._connection.shutdown()
            raise

    def __enter__(self) -> "ImapMailbox":
        return self

    def __exit__(self, *exc: object) -> None:
        """End the session; what was read and marked is, whether or not the server says goodbye."""
        try:
            if not any(exc):
                self._call("close", lambda c: c.logout())
        except MailboxUnavailable:
            pass
        finally:
            self._connection.shutdown()

    def list_uids(self, after: int) -> list[int]:
        """Return the UIDs of the messages above ``after``, lowest first."""
        found = self._call("search", lambda c: c.uid("SEARCH", "UID", f"{after + 1}:*"))
        words = b" ".join(part for part in found if isinstance(part, bytes)).split()
        # "n:*" has the last message even if its UID is lower.
        found_uids = {int(word) for word in words if word.isdigit() and len(word) <= MOST_DIGITS}
        return sorted(uid for uid in found_uids if uid > after)

    def fetch(self, uid: int) -> bytes | None:
        """Return at most the first MiB of a message, unmarked; None if it is no longer there.

        - Raises MailboxUnavailable as OF_ONE_MESSAGE if the server refuses this message.
        """
        wanted = f"(BODY.PEEK[]<0.{LARGEST}>)"
        found = self._call("fetch", lambda c: c.uid("FETCH", str(uid), wanted))
        bodies = [part for part in found if isinstance(part, tuple) and b"BODY[" in part[0]]
        if bodies:
            return bytes(bodies[0][1][:LARGEST])
        return None if not any(found) else b""

    def mark(self, uids: Sequence[int]) -> None:
        """Mark messages as seen, or move them to the folder that the URL names."""
        for start in range(0, len(uids), MARKED_AT_ONCE):
            named = ",".join(map(str, uids[start : start + MARKED_AT_ONCE]))
            if self._server.move_to is None:
                self._store(named, r"(\Seen)")
            else:
                self._move(named, _quote(self._server.move_to))

    def _move(self, named: str, folder: str) -> None:
        if "MOVE" in self._can:
            self._call("move", lambda c: c.uid("MOVE", named, folder))
            return
        self._call("move", lambda c: c.uid("COPY", named, folder))
        self._store(named, r"(\Seen \Deleted)")
        if "UIDPLUS" in self._can:  # without, it would delete others' too
            self._call("move", lambda c: c.uid("EXPUNGE", named))

    def _store(self, named: str, flags: str) -> None:
        self._call("mark", lambda c: c.uid("STORE", named, "+FLAGS.SILENT", flags))

    def _read_validity(self) -> int:
        _, found = self._connection.response("UIDVALIDITY")
        value = found[-1] if found else None
        if not isinstance(value, bytes) or not value.isdigit() or len(value) > MOST_DIGITS:
            raise MailboxUnavailable("protocol")
        return int(value)

    def _read_capabilities(self) -> frozenset[str]:
        """Return what the server can do for this account; before the log-in it says less."""
        found = self._call("capability", lambda c: c.capability())
        words = b" ".join(part for part in found if isinstance(part, bytes))
        return frozenset(words.decode("ascii", "replace").upper().split())

    def _call(self, step: str, command: Callable[[ImapConnection], Any]) -> list[Any]:
        """Send one command within its limits; return the data of its answer."""

        def run() -> list[Any]:
            self._connection.start()
            answer, data = command(self._connection)
            if answer not in ("OK", "BYE"):
                raise MailboxUnavailable(step)
            return list(data)

        return _translate(step, run)


def _translate(step: str, work: Callable[[], T]) -> T:
    """Return what ``work`` returns; raises MailboxUnavailable with a code of ours."""
    code = step
    try:
        return work()
    except TimeoutError:
        code = f"timeout at {step}"
    except ssl.SSLError:
        code = "tls"
    except imaplib.IMAP4.readonly:
        code = "read-only"
    except imaplib.IMAP4.abort:
        code = f"dropped at {step}"
    except OSError:
        code = f"no connection at {step}" if step != "connect" else "no connection"
    except (imaplib.IMAP4.error, ValueError):
        code = f"refused at {step}"
    raise MailboxUnavailable(code)  # outside the handler: a chained text could have an address


def _quote(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
