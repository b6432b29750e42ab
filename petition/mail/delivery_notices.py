"""Ask a mail server to report what becomes of a message (RFC 3461).

A server that offers DSN sends a report (RFC 3464) when it has delivered the message, when it has
passed it on to one that sends none, and when it cannot deliver it.
"""

from dataclasses import dataclass

NOTIFY = "NOTIFY=SUCCESS,FAILURE,DELAY"
# Replies to a server's own extension, once it is used: an unknown parameter, as RFC 5321 has them.
NOT_UNDERSTOOD = (500, 501, 504, 555)


@dataclass(slots=True)
class NoticeRequest:
    """The request for reports about one message.

    - ``envelope_id``: what they will name it by, in characters that need no encoding.
    - ``asked``: whether the server has accepted the request; set by the transport.
    """

    envelope_id: str
    asked: bool = False

    @property
    def of_message(self) -> list[str]:
        """The parameters of MAIL: reports come with the headers only."""
        return ["RET=HDRS", f"ENVID={encode_xtext(self.envelope_id)}"]

    def list_recipient_options(self, recipient: str) -> list[str]:
        """Return the parameters of RCPT."""
        return [NOTIFY, f"ORCPT=rfc822;{encode_xtext(recipient)}"]


def encode_xtext(text: str) -> str:
    """Return a text as parameters carry it: ``+`` and ``=`` and unprintable bytes as ``+2B``."""
    return "".join(
        chr(byte) if 33 <= byte <= 126 and byte not in b"+=" else f"+{byte:02X}"
        for byte in text.encode()
    )
