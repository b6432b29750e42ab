"""One SMTP conversation: it ends by its deadline, and it stops before the last dot to ask.

The last dot is the point of no return: a server that has read it may keep the message whether or
not its answer comes back (RFC 1047). So the body goes out without it, the caller writes down that
the message is being handed over, and only then the dot is sent.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable

from petition.mail.connection import ConnectionDeadline, Replies, open_connection

CHUNK = 64 * 1024
# A server that hangs up in the middle of a body, or refuses it early, has mostly done so by now:
# a short listen before the point of no return makes a plain retry of what were an unknown outcome.
LISTEN_SECONDS = 0.1
# A server that took long over the body still has this share of the time, on top, for its answer:
# giving up on the answer costs more than giving up earlier.
ANSWER_SHARE = 0.2
COMMANDS = frozenset({"ehlo", "helo", "starttls", "auth", "mail", "rcpt", "data"})
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Conversation(smtplib.SMTP):
    """A conversation with one server, begun by ``connect``.

    - ``seconds`` bound all of it: look-up, connection, TLS, every command and the whole body; the
      answer to the last dot may end at most ANSWER_SHARE later.
    - ``implicit``: the TLS that the server expects from the first byte on, None for none.
    - ``phase`` is the command being talked about, then ``body``, then ``answer`` once the last dot
      may have been read.
    - Raises OSError (smtplib's own errors are such) from every method.
    """

    def __init__(
        self, host: str, helo: str, seconds: float, implicit: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(local_hostname=helo, timeout=seconds)
        self.deadline = ConnectionDeadline(seconds)
        self.answer_seconds = seconds * ANSWER_SHARE
        self.phase = "connect"
        self._implicit = implicit
        self._host = host  # the name that smtplib holds a STARTTLS certificate against

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect; the hook of smtplib that its own SMTP_SSL uses too."""
        connection = open_connection(host, port, self.deadline)
        if self._implicit is None:
            return connection
        connection.settimeout(self.deadline.take_rest())
        return self._implicit.wrap_socket(connection, server_hostname=host)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send a command and remember its name; an answer to a challenge is never remembered."""
        if cmd.lower() in COMMANDS:
            self.phase = cmd.lower()
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's next reply, read against the deadline."""
        if self.file is None and self.sock is not None:
            self.file = Replies(self.sock, self.deadline)
        reply = super().getreply()
        if self.sock is not None and self.phase == "starttls":  # smtplib now shakes hands by itself
            self.sock.settimeout(self.deadline.take_rest())
        return reply

    def send(self, s: object) -> None:
        """Send text or bytes in chunks, each against the deadline."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        if not isinstance(data, bytes):
            raise TypeError("text or bytes")
        for start in range(0, len(data), CHUNK):
            if self.sock is not None:
                self.sock.settimeout(self.deadline.take_rest())
            super().send(data[start : start + CHUNK])

    def hand_over(self, message: bytes, before_handover: Callable[[], None]) -> tuple[int, bytes]:
        """Send ``message`` as DATA and return the server's reply to its last dot.

        - ``before_handover`` is called after the body and before the dot; if it raises, the dot is
          never sent, and a server that has not read it keeps nothing.
        """
        code, text = self.docmd("data")
        if code != 354:
            raise smtplib.SMTPDataError(code, text)
        self.phase = "body"
        self.send(stuff_dots(message))
        self._refuse_early_end(LISTEN_SECONDS)
        before_handover()
        self._refuse_early_end(0)
        self.deadline.take_rest()  # too late is better noticed before the dot than after it
        self.deadline.leave_at_least(self.answer_seconds)
        self.phase = "answer"
        self.send(b".\r\n")
        return self.getreply()

    def leave(self) -> None:
        """Close the connection; after a message was accepted, with a word of goodbye.

        - Its answer is not awaited: the outcome is known and wants to be written down.
        """
        try:
            if self.sock is not None and self.phase not in ("body", "data"):
                self.sock.settimeout(1)
                self.sock.sendall(b"QUIT\r\n")
        except OSError:
            pass  # it is being left anyway
        finally:
            self.close()

    def _refuse_early_end(self, seconds: float) -> None:
        if isinstance(self.file, Replies) and self.file.wait(seconds):
            code, text = self.getreply()
            raise smtplib.SMTPDataError(code, text)


def stuff_dots(message: bytes) -> bytes:
    """Return ``message`` as DATA carries it: CRLF line ends, leading dots doubled.

    - A bare CR or LF becomes a whole line end: servers differ in what they make of one, and a
      message could be smuggled in between (RFC 5321, 2.3.8).
    """
    whole = _LEADING_DOT.sub(b"..", _LINE_END.sub(b"\r\n", message))
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"
