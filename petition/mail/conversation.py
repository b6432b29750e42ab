"""One SMTP conversation with a deadline, and a callback right before the final dot of DATA.

A server that has read the final dot may keep the message whether or not its reply arrives (RFC
1047). So the body is sent without it, the caller records that the message is being handed over, and
only then the dot is sent.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable

from petition.mail.connection import ConnectionDeadline, Replies, open_connection

CHUNK = 64 * 1024
# A server that closes the connection in the middle of the body, or refuses it early, has mostly
# done so within this time: waiting before the final dot turns an unknown outcome into a plain
# retry.
LISTEN_SECONDS = 0.1
# The reply to the final dot gets this share of the time in addition, however long the body took: a
# time-out after the dot leaves the outcome unknown, one before it does not.
ANSWER_SHARE = 0.2
COMMANDS = frozenset({"ehlo", "helo", "starttls", "auth", "mail", "rcpt", "data"})
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Conversation(smtplib.SMTP):
    """A conversation with one server, started by ``connect``.

    - ``seconds`` limits all of it: look-up, connection, TLS, every command and the whole body; the
      reply to the final dot may take ANSWER_SHARE longer.
    - ``implicit``: the context for TLS from the first byte on, None for a plain connection.
    - ``phase`` is the command last sent, then ``body``, then ``answer`` once the final dot may have
      been read.
    - Every method raises OSError (smtplib's own errors are subclasses).
    """

    def __init__(
        self, host: str, helo: str, seconds: float, implicit: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(local_hostname=helo, timeout=seconds)
        self.deadline = ConnectionDeadline(seconds)
        self.answer_seconds = seconds * ANSWER_SHARE
        self.phase = "connect"
        self._implicit = implicit
        self._host = host  # smtplib verifies a STARTTLS certificate against this name

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect; overrides the hook of smtplib that its own SMTP_SSL overrides too."""
        connection = open_connection(host, port, self.deadline)
        if self._implicit is None:
            return connection
        connection.settimeout(self.deadline.take_remaining())
        return self._implicit.wrap_socket(connection, server_hostname=host)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send a command and store its name in ``phase``; never a response to an AUTH challenge."""
        if cmd.lower() in COMMANDS:
            self.phase = cmd.lower()
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's next reply, read against the deadline."""
        if self.file is None and self.sock is not None:
            self.file = Replies(self.sock, self.deadline)
        reply = super().getreply()
        if self.sock is not None and self.phase == "starttls":  # smtplib does the handshake next
            self.sock.settimeout(self.deadline.take_remaining())
        return reply

    def send(self, s: object) -> None:
        """Send text or bytes in chunks, each against the deadline."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        if not isinstance(data, bytes):
            raise TypeError("text or bytes")
        for start in range(0, len(data), CHUNK):
            if self.sock is not None:
                self.sock.settimeout(self.deadline.take_remaining())
            super().send(data[start : start + CHUNK])

    def hand_over(self, message: bytes, before_handover: Callable[[], None]) -> tuple[int, bytes]:
        """Send ``message`` as DATA and return the server's reply to the final dot.

        - ``before_handover`` is called after the body and before the dot; if it raises, the dot is
          never sent, and the server must discard the message.
        """
        code, text = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, text)
        self.phase = "body"
        self.send(stuff_dots(message))
        self._refuse_early_end(LISTEN_SECONDS)
        before_handover()
        self._refuse_early_end(0)
        self.deadline.take_remaining()  # a time-out before the dot is a plain retry
        self.deadline.extend_to(self.answer_seconds)
        self.phase = "answer"
        self.send(b".\r\n")
        return self.getreply()

    def leave(self) -> None:
        """Close the connection, with QUIT unless a message was being sent.

        - The reply to QUIT is not awaited: the outcome is known already and must be stored.
        """
        try:
            if self.sock is not None and self.phase not in ("body", "data"):
                self.sock.settimeout(1)
                self.sock.sendall(b"QUIT\r\n")
        except OSError:
            pass  # the connection is being closed anyway
        finally:
            self.close()

    def _refuse_early_end(self, seconds: float) -> None:
        if isinstance(self.file, Replies) and self.file.wait(seconds):
            code, text = self.getreply()
            raise smtplib.SMTPDataError(code, text)


def stuff_dots(message: bytes) -> bytes:
    """Return ``message`` as DATA carries it: CRLF line ends, leading dots doubled.

    - A bare CR or LF becomes CRLF: servers differ in how they read one, which allows SMTP smuggling
      (RFC 5321, 2.3.8).
    """
    whole = _LEADING_DOT.sub(b"..", _LINE_END.sub(b"\r\n", message))
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"
