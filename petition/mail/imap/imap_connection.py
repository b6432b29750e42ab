"""An IMAP connection in which no wait and no answer is longer than its limit.

Python's imaplib waits for each read as long as its timeout, so a server that sends a byte a second
never times out; and it reads a literal of whatever length the server announces.
"""

import contextlib
import imaplib
import socket
import ssl
from typing import Any

from petition.mail.connection import ConnectionDeadline, open_connection
from petition.mail.imap.imap_url import PORTS, ImapServer
from petition.mail.reports import LARGEST

CHUNK = 64 * 1024
# Bytes of the answer to one command: a message, or the UIDs of half a million.
MOST_RECEIVED = max(4 * 1024 * 1024, 2 * LARGEST)


class ImapConnection(imaplib.IMAP4):
    """A connection to one server, open and greeted.

    - ``start`` begins the time and the size limit of the next command.
    - Every method raises OSError or imaplib's own errors, whose texts may be the server's.
    """

    def __init__(self, server: ImapServer) -> None:
        self._server = server
        self._received = bytearray()
        self.start()
        super().__init__(server.host, server.port, server.seconds)

    def start(self) -> None:
        """Begin the limits of one command and of its whole answer."""
        self._deadline = ConnectionDeadline(self._server.seconds)
        self._left = MOST_RECEIVED

    def open(self, host: str = "", port: int = PORTS["imap"], timeout: Any = None) -> None:
        """Connect, with TLS where the URL says so; imaplib calls it."""
        self.host, self.port = host, port
        self.sock: socket.socket = open_connection(host, port, self._deadline)
        if self._server.encrypted:
            self.sock.settimeout(self._deadline.take_remaining())
            try:
                context = ssl.create_default_context()
                self.sock = context.wrap_socket(self.sock, server_hostname=host)
            except BaseException:
                self.sock.close()
                raise

    def readline(self) -> bytes:
        """Return the next line, empty at the end of the stream."""
        while (end := self._received.find(b"\n")) < 0:
            if not self._fill():
                return b""
        return self._take(end + 1)

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes, or fewer at the end of the stream."""
        if size > MOST_RECEIVED:
            raise self.abort("a literal is longer than was asked for")
        while len(self._received) < size:
            if not self._fill():
                break
        return self._take(size)

    def send(self, data: Any) -> None:
        """Send bytes within the limit."""
        self.sock.settimeout(self._deadline.take_remaining())
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.sock.close()

    def _fill(self) -> bool:
        self.sock.settimeout(self._deadline.take_remaining())
        found = self.sock.recv(CHUNK)
        self._left -= len(found)
        if self._left < 0:
            raise self.abort("an answer is longer than its limit")
        self._received += found
        return bool(found)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken
