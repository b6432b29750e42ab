"""A real mail server on loopback that refuses at any moment of a talk until it is mended."""

from email import message_from_bytes
from email.policy import default

from tests.mail.servers import Talk

PHASES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "answer")


class Balking:
    """A behaviour of RoughServer that says ``reply`` at ``phase``, and else keeps all.

    - ``only``: the recipients that are refused at RCPT; all where it is empty.
    - An empty ``reply`` hangs up instead of saying anything.
    """

    def __init__(self, phase: str = "", reply: str = "", only: set[str] | None = None) -> None:
        self.phase, self.reply, self.only = phase, reply, only or set()
        self.refused = 0

    def break_down(self, phase: str, reply: str, only: set[str] | None = None) -> None:
        self.phase, self.reply, self.only = phase, reply, only or set()

    def mend(self) -> None:
        self.phase = ""

    def __call__(self, talk: Talk) -> None:
        """Hold one conversation."""
        if not self._says(talk, "connect", "220 balking.example"):
            return
        heard = talk.hear().upper()
        while not heard.startswith("QUIT"):
            if heard == "DATA":
                if self._says(talk, "data", "354 Go on"):
                    self._read(talk)
            elif heard.startswith(("EHLO", "HELO")):
                self._says(talk, "ehlo", "250-balking.example\r\n250-STARTTLS\r\n250 AUTH PLAIN")
            else:
                verb = heard.split(" ")[0].lower()
                self._says(talk, verb, "235 OK" if verb == "auth" else "250 OK", heard)
            heard = talk.hear().upper()

    def _read(self, talk: Talk) -> None:
        message = talk.read_to_dot()
        if self._says(talk, "answer", ""):
            talk.server.kept.append(message)
            talk.say("250 2.0.0 Kept")

    def _says(self, talk: Talk, phase: str, well: str, heard: str = "") -> bool:
        """Say that all is well, or refuse; return which it was."""
        meant = not self.only or any(address.upper() in heard for address in self.only)
        if phase == self.phase and meant:
            self.refused += 1
            if not self.reply:
                raise ConnectionError
            talk.say(self.reply)
            return False
        if well:
            talk.say(well)
        return True


def read_recipients(kept: list[bytes]) -> list[str]:
    """Return whom each message that a server has kept is for."""
    return sorted(
        str(message_from_bytes(message, policy=default)["To"].addresses[0].addr_spec)
        for message in kept
    )
