"""Letters move from a folder to a bucket and back, each checked by its hash."""

from pathlib import Path

import pytest

from petition.core.content import transfer
from petition.core.content.bucket_store import BucketStore
from petition.core.content.content_kind import LETTERS
from petition.core.content.transfer import copy_content
from petition.core.errors import ConfigurationError, ObjectStoreUnavailable
from tests.core.content.conftest import PATIENCE, locate
from tests.core.content.servers import BucketServer, Front
from tests.letter_store import LetterStore


@pytest.fixture
def folder(tmp_path: Path) -> LetterStore:
    """A folder with twenty letters."""
    made = LetterStore(tmp_path / "letters")
    for number in range(20):
        made.put(f"letter {number}".encode())
    return made


def read_all(store: LetterStore | BucketStore) -> dict[str, bytes]:
    return {one.sha256: store.read(one.sha256) for one in store.list_content()}


def test_a_folder_goes_to_a_bucket_and_back(
    folder: LetterStore, store: BucketStore, tmp_path: Path
) -> None:
    back = LetterStore(tmp_path / "back" / "letters")
    steps: list[tuple[int, int]] = []

    there = copy_content(folder, store, progress=lambda *step: steps.append(step))
    here = copy_content(store, back)

    assert (there.copied, there.there, there.failed) == (20, 0, [])
    assert (here.copied, here.there, here.failed) == (20, 0, [])
    assert here.size == there.size == sum(len(pdf) for pdf in read_all(folder).values())
    assert read_all(back) == read_all(store) == read_all(folder)
    assert steps[0] == (0, 20) and steps[-1] == (20, 20)


def test_a_dry_run_copies_nothing(folder: LetterStore, store: BucketStore) -> None:
    store.put(b"letter 0")

    report = copy_content(folder, store, dry_run=True)

    assert (report.copied, report.there) == (19, 1)
    assert len(read_all(store)) == 1


def test_it_goes_on_where_it_was_stopped_and_replaces_what_is_damaged(
    folder: LetterStore, store: BucketStore, server: BucketServer
) -> None:
    for number in range(12):
        store.put(f"letter {number}".encode())
    damaged = next(server.folder.rglob("*.pdf"))
    damaged.write_bytes(b"rotten")

    first = copy_content(folder, store)
    again = copy_content(folder, store, check_there=False)

    assert (first.copied, first.there, first.mended) == (8, 11, 1)
    assert (again.copied, again.there, again.mended) == (0, 20, 0)
    assert read_all(store) == read_all(folder)


def test_what_cannot_be_copied_is_named_and_the_rest_goes(
    folder: LetterStore, store: BucketStore
) -> None:
    rotten = next(folder.root.rglob("*.pdf"))
    rotten.write_bytes(b"rotten")

    report = copy_content(folder, store)

    ((sha256, why),) = report.failed
    assert sha256 == rotten.stem and "restore it from a backup" in why
    assert report.copied == 19 and not report.left_off


def test_it_leaves_off_where_the_store_goes_away(
    folder: LetterStore, store: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LEAVE_OFF_AFTER", 3)

    def refuse(content: bytes) -> str:
        raise ObjectStoreUnavailable("away")

    monkeypatch.setattr(store, "put", refuse)
    report = copy_content(folder, store)

    assert report.left_off
    assert len(report.failed) == 3


def test_a_server_that_overwrites_gets_nothing(
    folder: LetterStore, before: Front, server: BucketServer
) -> None:
    before.strips_condition = True

    with pytest.raises(ConfigurationError):
        copy_content(folder, BucketStore(locate(before.endpoint), LETTERS, PATIENCE))

    assert not list(server.folder.rglob("*.pdf"))
