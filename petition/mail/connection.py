"""A connection with one deadline for all of its waits, however the server behaves.

A socket's timeout applies to each read: a server that sends a byte a second, a name server that
never answers, or the third of three dead addresses would each exceed it. Here the timeout of every
wait is the time left until one deadline.
"""

import queue
import socket
import threading
import time
from typing import Any

# A reply is a few lines of 512 octets (RFC 5321, 4.5.3.1.5); a mail server never sends this much.
MOST_RECEIVED_BYTES = 1024 * 1024
Found = tuple[Any, Any, int, str, tuple[Any, ...]]


class ConnectionDeadline:
    """The moment at which every wait that uses it times out."""

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it has passed, or is within 0.05 s, since a wait may end that much early."""
        return time.monotonic() >= self._moment - 0.05

    def take_remaining(self) -> float:
        """Return the seconds left until the deadline; raises TimeoutError when none are left."""
        rest = self._moment - time.monotonic()
        if rest <= 0:
            raise TimeoutError("the time limit for this connection has passed")
        return rest

    def extend_to(self, seconds: float) -> None:
        """Extend the deadline to ``seconds`` from now where less is left."""
        self._moment = max(self._moment, time.monotonic() + seconds)


def open_connection(host: str, port: int, deadline: ConnectionDeadline) -> socket.socket:
    """Return a socket connected to the first address of ``host`` that answers.

    - Each address gets an equal share of the time left, so that a dead one does not use it all.
    - Raises OSError.
    """
    found = _look_up(host, port, deadline)
    problem: OSError = OSError("the name has no address")
    for index, (family, kind, protocol, _, address) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.take_remaining() / (len(found) - index))
            connection.connect(address)
        except OSError as error:
            connection.close()
            problem = error
            continue
        # The final dot is a packet of its own: Nagle's algorithm would delay it until the body is
        # acknowledged.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    raise problem


class Replies:
    """The server's replies line by line, in place of the buffered file that smtplib uses."""

    def __init__(self, connection: socket.socket, deadline: ConnectionDeadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._buffer = bytearray()
        self._received = 0
        self._ended = False

    def readline(self, limit: int) -> bytes:
        """Return the next line, empty at the end of the stream.

        - A line without its line end is discarded: half a reply must not be taken for a whole one.
        - Raises OSError at the deadline, on a broken connection and on a line over ``limit``.
        """
        while True:
            end = self._buffer.find(b"\n") + 1
            if end:
                line = bytes(self._buffer[:end])
                del self._buffer[:end]
                return line
            if len(self._buffer) >= limit:
                raise OSError("a reply line without an end")
            if self._ended:
                return b""
            self._receive(self._deadline.take_remaining())

    def wait(self, seconds: float) -> bool:
        """Return whether the server sent data or closed the connection within ``seconds``.

        - Data is waited for, not bytes on the socket: a TLS record may carry none.
        """
        if not (self._buffer or self._ended):
            try:
                self._receive(max(seconds, 0.001))
            except OSError as error:
                return not isinstance(error, TimeoutError)
        return True

    def close(self) -> None:
        """Discard the buffer; the socket is closed by its owner."""
        self._buffer.clear()
        self._ended = True

    def _receive(self, seconds: float) -> None:
        self._connection.settimeout(seconds)
        data = self._connection.recv(4096)
        self._buffer += data
        self._received += len(data)
        self._ended = not data
        if self._received > MOST_RECEIVED_BYTES:
            raise OSError("a server that never stops talking")


def _look_up(host: str, port: int, deadline: ConnectionDeadline) -> list[Found]:
    """Return the addresses of ``host``.

    - The system's resolver has no timeout, so it runs in a thread that is abandoned at the
      deadline.
    """
    answers: queue.SimpleQueue[list[Found] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            answers.put(error)
        except UnicodeError:  # a name with an empty or an overlong label
            answers.put(OSError("not a host name"))

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.take_remaining())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
