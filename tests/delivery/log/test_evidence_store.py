"""Evidence is the same bytes from a folder and from a bucket, and waits for neither for long."""

from collections.abc import Iterator

import pytest

from petition.core.content import bucket_store
from petition.core.content.bucket_store import BucketStore
from petition.core.content.content_kind import LETTERS
from petition.core.errors import StorageUnavailable
from petition.core.extensions import get_settings
from petition.delivery.log.evidence_pack import PackedAnswer, pack_evidence
from petition.web.staff.deliveries.timeline import tell_event
from tests.core.content.conftest import locate
from tests.core.content.servers import BucketServer, bucket_server, front
from tests.delivery.conftest import Ready
from tests.letter_store import LetterStore
from tests.web.evidence_files import read_manifest, unpack


@pytest.fixture
def server(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BucketServer]:
    monkeypatch.setattr(bucket_store, "_probed", set())
    with bucket_server(tmp_path_factory.mktemp("bucket")) as running:
        yield running


def find_no_answer(delivery_id: int) -> list[PackedAnswer]:
    return []


def test_a_bucket_gives_the_bytes_that_a_folder_gives(ready: Ready, server: BucketServer) -> None:
    folder = LetterStore(get_settings().letters_dir)
    with front(server) as before:
        bucket = BucketStore(locate(before.endpoint), LETTERS, 2)
        for pdf in ready.pdfs.values():
            folder.put(pdf)
            bucket.put(pdf)

        packs = [
            pack_evidence(ready.delivery_id, store, tell_event, find_no_answer)
            for store in (folder, bucket, bucket)
        ]

    assert packs[0] == packs[1] == packs[2]
    assert unpack(packs[1].content)["letter.pdf"] in ready.pdfs.values()


def test_a_letter_that_a_bucket_lost_is_named_and_a_bucket_that_is_away_is_not_lost(
    ready: Ready, server: BucketServer
) -> None:
    with front(server) as before:
        bucket = BucketStore(locate(before.endpoint), LETTERS, 1)
        with pytest.raises(StorageUnavailable):  # an empty one may be another bucket
            pack_evidence(ready.delivery_id, bucket, tell_event, find_no_answer)
        bucket.put(b"%PDF of another letter")
        lost = unpack(pack_evidence(ready.delivery_id, bucket, tell_event, find_no_answer).content)
        server.kill()
        with pytest.raises(StorageUnavailable):
            pack_evidence(ready.delivery_id, bucket, tell_event, find_no_answer)

    assert "letter.pdf" not in lost
    assert "no longer in the store" in read_manifest(lost)["missing"]["letter.pdf"]
