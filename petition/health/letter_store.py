"""Whether the store of letters answers, and whether this host may do there what it must."""

import os

from petition.core.content.location import FolderLocation
from petition.core.errors import ConfigurationError, StorageCorrupt, StorageUnavailable
from petition.core.extensions import get_settings
from petition.health.findings import Fault
from petition.letters.store import open_letters

SECONDS = 2.0
SAMPLE_BYTES = 4096
REMEDY = (
    "Fix it, or correct PETITION_STORAGE_URL and its keys (docs/settings.md). Until then letters "
    "wait; people can still sign."
)
FOLDER = "letters are stored in a folder of this host"


def check_content() -> str:
    """The store of letters answers."""
    location = get_settings().storage
    if isinstance(location, FolderLocation):
        return FOLDER
    try:
        open_letters(SECONDS).check()
    except StorageUnavailable as error:
        raise Fault(str(error), REMEDY) from error
    return f"{location} answers"


def check_content_rights() -> str:
    """The store of letters writes nothing over, and lets us write, read, list and remove."""
    location = get_settings().storage
    if isinstance(location, FolderLocation):
        return FOLDER
    store, sample = open_letters(SECONDS), os.urandom(SAMPLE_BYTES)
    try:
        store.probe()
        sha256 = store.put(sample)
        try:
            store.read(sha256)
            next(iter(store.list_content()), None)
        finally:
            removed = store.remove(sha256)
    except (ConfigurationError, StorageUnavailable, StorageCorrupt) as error:
        raise Fault(str(error), REMEDY) from error
    if not removed:
        raise Fault(f"{location} lost a file written a moment ago", REMEDY)
    return f"{location}: written, read, listed and removed"
