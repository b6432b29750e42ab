"""The channels by name: adding one is its file, its test and a line here."""

from collections.abc import Callable, Mapping

from petition.core.errors import ConfigurationError
from petition.core.settings import Settings
from petition.delivery.channels.base import Channel, Parcel
from petition.delivery.channels.email import EmailChannel
from petition.delivery.channels.outbox import OutboxChannel

CHANNELS: Mapping[str, Callable[[Settings], Channel]] = {
    "email": EmailChannel,
    "outbox": OutboxChannel,
}
# The channels that use our mail server, and so the lane of letters.
OF_MAIL_SERVER = ("email",)


def get_channel(name: str, settings: Settings) -> Channel:
    """Return the channel of that name; raises ConfigurationError where there is none."""
    try:
        return CHANNELS[name](settings)
    except KeyError:
        raise ConfigurationError("PETITION_CHANNEL", f"has no channel {name!r}") from None


__all__ = ["CHANNELS", "OF_MAIL_SERVER", "Channel", "Parcel", "get_channel"]
