"""A connection that is given up by its deadline, however the other side behaves.

A socket's timeout is for each read: a server that trickles a byte a second, a name server that
never answers, or the third of three dead addresses would each outlive it. Here every wait is given
what is left until one deadline.
"""

import queue
import socket
import threading
import time
from typing import Any

# A reply is a few lines of 512 octets (RFC 5321, 4.5.3.1.5); who says more is no mail server.
LONGEST_TALK = 1024 * 1024
Found = tuple[Any, Any, int, str, tuple[Any, ...]]


class ConnectionDeadline:
    """The moment at which everything that shares it is given up."""

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether it has passed, or so nearly that a wait has just ended for it."""
        return time.monotonic() >= self._moment - 0.05

    def take_rest(self) -> float:
        """Return the seconds that are left; raises TimeoutError when none are."""
        rest = self._moment - time.monotonic()
        if rest <= 0:
            raise TimeoutError("the time for this conversation is over")
        return rest

    def leave_at_least(self, seconds: float) -> None:
        """Put it off where less than ``seconds`` are left."""
        self._moment = max(self._moment, time.monotonic() + seconds)


def open_connection(host: str, port: int, deadline: ConnectionDeadline) -> socket.socket:
    """Return a socket connected to the first address of ``host`` that answers.

    - Each address gets an equal share of the time left, so that a dead one leaves some to the next.
    - Raises OSError.
    """
    found = _look_up(host, port, deadline)
    problem: OSError = OSError("the name has no address")
    for index, (family, kind, protocol, _, address) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.take_rest() / (len(found) - index))
            connection.connect(address)
        except OSError as error:
            connection.close()
            problem = error
            continue
        # The last dot is a packet of its own: it must not wait for the body to be acknowledged.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    raise problem


class Replies:
    """What the server says, line by line; stands where smtplib has a buffered file."""

    def __init__(self, connection: socket.socket, deadline: ConnectionDeadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._kept = bytearray()
        self._heard = 0
        self._ended = False

    def readline(self, limit: int) -> bytes:
        """Return the next line, empty at the end.

        - A line that the end cut short is no line: half a reply must not pass for an answer.
        - Raises OSError at the deadline, on a broken connection and on a line over ``limit``.
        """
        while True:
            end = self._kept.find(b"\n") + 1
            if end:
                line = bytes(self._kept[:end])
                del self._kept[:end]
                return line
            if len(self._kept) >= limit:
                raise OSError("a reply line without an end")
            if self._ended:
                return b""
            self._listen(self._deadline.take_rest())

    def wait(self, seconds: float) -> bool:
        """Return whether within ``seconds`` the server said something or hung up.

        - The wait is real even where TLS reads bytes that are not for us.
        """
        if not (self._kept or self._ended):
            try:
                self._listen(max(seconds, 0.001))
            except OSError as error:
                return not isinstance(error, TimeoutError)
        return True

    def close(self) -> None:
        """Forget what was heard; the socket is closed by its owner."""
        self._kept.clear()
        self._ended = True

    def _listen(self, seconds: float) -> None:
        self._connection.settimeout(seconds)
        heard = self._connection.recv(4096)
        self._kept += heard
        self._heard += len(heard)
        self._ended = not heard
        if self._heard > LONGEST_TALK:
            raise OSError("a server that never stops talking")


def _look_up(host: str, port: int, deadline: ConnectionDeadline) -> list[Found]:
    """Return the addresses of ``host``; the system's resolver knows no timeout, so it is left."""
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
        answer = answers.get(timeout=deadline.take_rest())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
