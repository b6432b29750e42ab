"""Asks the DNS for text records, within a time limit for all questions together."""

import time
from dataclasses import dataclass, field

import dns.exception
import dns.name
import dns.resolver

from petition.core.errors import PetitionError

SECONDS = 4.0  # for all questions of one check
ONE_TRY = 1.5  # for one packet; a resolver sends another then
MOST_RECORDS = 50
LONGEST_RECORD = 4_096  # characters


class NameServerUnavailable(PetitionError):
    """No name server answered in time, or its answer was no answer."""

    code = "name-server-unavailable"


class NoSuchDomain(PetitionError):
    """The name does not exist (NXDOMAIN)."""

    code = "no-such-domain"


@dataclass(slots=True)
class TextRecords:
    """The text records of names, asked within SECONDS in all.

    - ``server``: its address and port; None: those that this host is set up with.
    """

    server: tuple[str, int] | None = None
    seconds: float = SECONDS
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the time limit."""
        self._until = time.monotonic() + self.seconds

    def read(self, name: str) -> list[str]:
        """Return the text records of a name, [] if it has none.

        - Raises NoSuchDomain, and NameServerUnavailable.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise NameServerUnavailable("the time is over")
        try:
            answer = self._make_resolver(left).resolve(
                dns.name.from_text(name), "TXT", lifetime=left, search=False
            )
        except dns.resolver.NXDOMAIN as error:
            raise NoSuchDomain("no such name") from error
        except dns.resolver.NoAnswer:
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NameServerUnavailable(type(error).__name__) from error
        records = [b"".join(record.strings) for record in list(answer)[:MOST_RECORDS]]
        return [record.decode("ascii", "replace")[:LONGEST_RECORD] for record in records]

    def _make_resolver(self, left: float) -> dns.resolver.Resolver:
        if self.server is None:
            resolver = dns.resolver.Resolver()
        else:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = [self.server[0]], self.server[1]
        resolver.timeout = min(ONE_TRY, left)
        return resolver
