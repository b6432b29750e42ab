"""The folder of letters, for tests that look into it or put a letter there."""

from pathlib import Path

from petition.core.content.content_kind import LETTERS
from petition.core.content.folder_store import FolderStore


class LetterStore(FolderStore):
    """A folder of letters, as ``open_letters`` opens it where no other store is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, LETTERS)
