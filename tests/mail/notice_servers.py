"""A mail server on loopback that offers reports (RFC 3461), and notes what it was asked."""

from collections.abc import Callable
from typing import Self

from tests.mail.servers import RoughServer, Talk

Reply = Callable[[str], str | None]


def understand(command: str) -> str | None:
    """Answer every command with a yes."""
    return None


def refuse_parameters(command: str) -> str | None:
    """Refuse the parameters of what the server offers."""
    return "555 5.5.4 Unsupported option" if "NOTIFY" in command else None


class NoticeServer(RoughServer):
    """Offers DSN in its EHLO; ``reply`` decides what a command is answered with, None for yes."""

    def __init__(self, reply: Reply = understand, answers_dot: bool = True) -> None:
        super().__init__(self._converse)
        self._reply = reply
        self._answers_dot = answers_dot
        self.commands: list[str] = []

    def heard(self, verb: str) -> list[str]:
        """Return the commands that began so, with their parameters."""
        return [command for command in self.commands if command.upper().startswith(verb)]

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def _converse(self, talk: Talk) -> None:
        talk.greet()
        while True:
            command = talk.hear()
            self.commands.append(command)
            if command.upper().startswith("EHLO"):
                talk.say("250-rough.example")
                talk.say("250-DSN")
                talk.say("250 SIZE 50000000")
            elif command.upper() == "DATA":
                break
            else:
                talk.say(self._reply(command) or "250 OK")
        talk.say("354 Go on")
        self.kept.append(talk.read_to_dot())
        if self._answers_dot:
            talk.say("250 2.0.0 Kept")
            talk.hear()
