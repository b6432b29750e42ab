"""IMAP servers that do harm: a few that speak by themselves, and a proxy that drops the line."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]
CHUNK = 65536


@contextlib.contextmanager
def serve(behaviour: Behaviour) -> Iterator[str]:
    """Run a server whose connections go by ``behaviour``; gives the URL of its mailbox."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            behaviour(connection)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"imap://bounces:secret@127.0.0.1:{listener.getsockname()[1]}/INBOX?timeout=1"
    finally:
        listener.close()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def never_greet(connection: socket.socket) -> None:
    """Take the connection and say nothing, ever."""
    connection.recv(CHUNK)


def trickle(connection: socket.socket) -> None:
    """Send a byte at a time, so that no single read times out."""
    ended = threading.Event()
    while not ended.wait(0.1):
        connection.sendall(b"*")


def never_stop(connection: socket.socket) -> None:
    """Send one line that does not end."""
    connection.sendall(b"* OK ")
    while True:
        connection.sendall(b"x" * CHUNK)


def announce(size: int) -> Behaviour:
    """Answer everything with a yes, and FETCH with a literal of that many bytes."""
    return _answer_with(lambda tag: b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n" % size)


def refuse_fetch(reply: bytes) -> Behaviour:
    """Answer everything with a yes, and FETCH with NO or BAD."""
    return _answer_with(lambda tag: tag + b" " + reply + b" this message is damaged\r\n")


def _answer_with(fetched: Callable[[bytes], bytes]) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(b"* OK ready\r\n")
        received = b""
        while found := connection.recv(CHUNK):
            received += found
            while b"\r\n" in received:
                line, _, received = received.partition(b"\r\n")
                tag, _, command = line.partition(b" ")
                connection.sendall(_answer(tag, command.upper(), fetched))

    return behave


def _answer(tag: bytes, command: bytes, fetched: Callable[[bytes], bytes]) -> bytes:
    said = b""
    if command.startswith(b"CAPABILITY"):
        said = b"* CAPABILITY IMAP4rev1\r\n"
    elif command.startswith(b"SELECT"):
        said = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 5] ok\r\n"
    elif command.startswith(b"UID SEARCH"):
        said = b"* SEARCH 1 99999999999999999999\r\n"
    elif command.startswith(b"UID FETCH"):
        return fetched(tag)
    return said + tag + b" OK [READ-WRITE] done\r\n"


@contextlib.contextmanager
def cut_after(port: int, size: int) -> Iterator[int]:
    """Run a proxy that drops each line once the server has sent that many bytes; gives its port."""

    def behave(client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
        left = size
        while left > 0 and (found := server.recv(min(left, CHUNK))):
            client.sendall(found)
            left -= len(found)
        for side in (server, client):  # threads that read them would keep them open
            side.shutdown(socket.SHUT_RDWR)
        server.close()

    with serve(behave) as url:
        yield int(url.rpartition(":")[2].partition("/")[0])


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while found := source.recv(CHUNK):
            target.sendall(found)
