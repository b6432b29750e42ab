"""A name server on loopback: real packets by UDP, with the records that a test gives it."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

# What a name gives instead of records.
SILENCE, BROKEN = "silence", "broken"


@dataclass
class NameServer:
    """A name server; ``asked``: the names that it was asked for, in order."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def setting(self) -> str:
        """The value of PETITION_DNS_SERVER."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def serve_names(records: Mapping[str, Sequence[str] | str]) -> Iterator[NameServer]:
    """Answer for text records until the end of the block.

    - ``records`` by name without a dot at the end: texts, or SILENCE or BROKEN. A name that has
      none exists if another ends with it; otherwise it does not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        own.settimeout(0.1)
        server = NameServer(own.getsockname()[1])
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(own, server, records, ended))
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join()


def _serve(
    own: socket.socket,
    server: NameServer,
    records: Mapping[str, Sequence[str] | str],
    ended: threading.Event,
) -> None:
    while not ended.is_set():
        try:
            packet, back = own.recvfrom(4096)
        except TimeoutError:
            continue
        asked = dns.message.from_wire(packet)
        name = asked.question[0].name.to_text(omit_final_dot=True).lower()
        server.asked.append(name)
        answer = _answer(asked, name, records)
        if answer is not None:
            own.sendto(answer, back)


def _answer(
    asked: dns.message.Message, name: str, records: Mapping[str, Sequence[str] | str]
) -> bytes | None:
    found = records.get(name)
    if found == SILENCE:
        return None
    if found == BROKEN:
        return b"\x00\x01\xff"
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    if found:
        texts = [
            " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
            for text in found
        ]
        answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *texts))
    elif not any(known == name or known.endswith(f".{name}") for known in records):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()
