"""A bucket as a store: each letter under its hash, whole, and never written over."""

import hashlib
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from petition.core.content import bucket_client, bucket_store
from petition.core.content.bucket_store import PROBE_KEY, BucketStore
from petition.core.content.content_kind import LETTERS
from petition.core.errors import ConfigurationError, StorageCorrupt, StorageUnavailable
from tests.core.content.conftest import PATIENCE, locate
from tests.core.content.servers import SECRET, BucketServer, Front

PDF = b"%PDF-1.7 " + b"x" * 50_000
SHA256 = hashlib.sha256(PDF).hexdigest()
KEY = f"service/one/letters/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}.pdf"
PROBE = f"service/one/{PROBE_KEY}"


def put_once(endpoint: str) -> str:
    """What each process of the race does."""
    return BucketStore(locate(endpoint), LETTERS, 10).put(PDF)


def test_a_letter_is_found_again_by_its_hash(store: BucketStore, server: BucketServer) -> None:
    sha256 = store.put(PDF)

    assert sha256 == SHA256
    assert store.has(SHA256)
    assert store.read(SHA256) == PDF
    assert server.list_keys() == [KEY, PROBE]


def test_putting_it_again_writes_nothing(store: BucketStore, server: BucketServer) -> None:
    store.put(PDF)
    before = (server.folder / KEY).stat()

    assert store.put(PDF) == SHA256

    after = (server.folder / KEY).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_damaged_letter_is_never_handed_out_and_can_be_put_again(
    store: BucketStore, server: BucketServer
) -> None:
    store.put(PDF)
    (server.folder / KEY).write_bytes(PDF[:-1] + b"y")

    with pytest.raises(StorageCorrupt):
        store.read(SHA256)

    store.put(PDF)
    assert store.read(SHA256) == PDF


def test_a_letter_that_is_not_there_is_unavailable(store: BucketStore) -> None:
    assert not store.has(SHA256)
    assert not store.remove(SHA256)
    with pytest.raises(StorageUnavailable, match="not in s3://"):
        store.read(SHA256)


def test_one_that_nothing_refers_to_can_be_removed(
    store: BucketStore, server: BucketServer
) -> None:
    store.put(PDF)

    assert store.remove(SHA256)

    assert server.list_keys() == [PROBE]


def test_more_letters_than_a_page_holds_are_all_listed(
    store: BucketStore, server: BucketServer, before: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_store, "PAGE", 3)
    hashes = {store.put(f"letter {number}".encode()) for number in range(8)}
    (server.folder / "service/one/letters/notes.txt").write_text("not a letter")
    (server.folder / "service/other.pdf").write_text("nor below the prefix")

    listed = list(store.list_content())

    assert {one.sha256 for one in listed} == hashes
    assert len(listed) == 8
    assert {one.size for one in listed} == {8}
    assert all(abs(time.time() - one.modified.timestamp()) < 60 for one in listed)
    assert sum("list-type=2" in asked for asked in before.asked) == 3


def test_many_processes_may_put_the_same_letter_at_once(
    before: Front, server: BucketServer
) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        hashes = set(pool.map(put_once, [before.endpoint] * 24))

    assert hashes == {SHA256}
    assert server.list_keys() == [KEY, PROBE]


def test_a_fork_uses_no_connection_of_its_parent(store: BucketStore) -> None:
    hashes = [store.put(f"letter {number}".encode()) for number in range(4)]

    children = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:  # what RQ does for each job
            try:
                for _ in range(50):
                    assert store.read(hashes[child]) == f"letter {child}".encode()
                os._exit(0)
            finally:
                os._exit(1)
        children.append(pid)
    for _ in range(50):
        assert store.read(hashes[0]) == b"letter 0"

    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0, 0]


def test_the_probe_is_made_once_a_process_and_leaves_one_object(
    store: BucketStore, server: BucketServer, before: Front
) -> None:
    store.check()
    store.check()
    BucketStore(locate(before.endpoint), LETTERS, PATIENCE).check()

    assert [asked.partition(" ")[0] for asked in before.asked] == ["PUT", "PUT", "HEAD", "HEAD"]
    assert server.list_keys() == [PROBE]


def test_a_server_that_overwrites_in_silence_is_refused(
    store: BucketStore, server: BucketServer, before: Front
) -> None:
    before.strips_condition = True

    with pytest.raises(ConfigurationError, match="does not honor If-None-Match"):
        store.probe()
    with pytest.raises(StorageUnavailable, match="does not honor If-None-Match"):
        store.check()
    with pytest.raises(StorageUnavailable, match="does not honor If-None-Match"):
        store.put(PDF)  # the letter waits until the operator has another

    assert server.list_keys() == [PROBE]


def test_a_server_that_does_not_know_the_condition_is_refused(
    store: BucketStore, before: Front
) -> None:
    before.statuses = [(501, "NotImplemented")]

    with pytest.raises(ConfigurationError, match="501 where 412 was due"):
        store.probe()


def test_another_secret_key_is_refused_by_name_and_told_nowhere(before: Front) -> None:
    store = BucketStore(locate(before.endpoint, secret="another"), LETTERS, PATIENCE)

    with pytest.raises(StorageUnavailable, match="403 SignatureDoesNotMatch") as refused:
        store.put(PDF)

    assert "another is" not in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "not for a log" not in str(refused.value)
    assert SECRET not in repr(locate(before.endpoint))
    assert len(before.asked) == 1  # it would be refused again


def test_keys_that_may_not_write_are_told(store: BucketStore, before: Front) -> None:
    before.statuses = [(403, "AccessDenied")]

    with pytest.raises(
        StorageUnavailable, match="403 AccessDenied, the keys are not allowed to do this"
    ):
        store.put(PDF)


def test_a_bucket_that_is_not_there_is_told(before: Front) -> None:
    store = BucketStore(locate(before.endpoint, bucket="of-another"), LETTERS, PATIENCE)

    with pytest.raises(StorageUnavailable, match="there is no such bucket"):
        store.put(PDF)
    with pytest.raises(StorageUnavailable, match="there is no such bucket"):
        store.read(SHA256)
    with pytest.raises(StorageUnavailable, match="there is no such bucket"):
        list(store.list_content())


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_a_failure_and_is_not_followed(
    store: BucketStore, before: Front, status: int
) -> None:
    store.put(PDF)
    before.statuses = [(status, "PermanentRedirect")]
    asked = len(before.asked)

    with pytest.raises(StorageUnavailable, match=f"{status}, it redirects"):
        store.read(SHA256)

    assert len(before.asked) == asked + 1


def test_what_breaks_off_is_asked_for_again(store: BucketStore, before: Front) -> None:
    store.put(PDF)
    before.cuts = 2

    assert store.read(SHA256) == PDF
    assert before.cuts == 0


@pytest.mark.parametrize("status", [500, 503, 429, 409])
def test_what_passes_is_tried_again(store: BucketStore, before: Front, status: int) -> None:
    before.statuses = [(status, "SlowDown")] * 2

    assert store.put(PDF) == SHA256


def test_a_server_that_drips_is_left_within_the_time(
    store: BucketStore, before: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_client, "ANSWER_SECONDS", 0.4)
    store.put(PDF)
    before.drips = 0.05  # each byte in time, all of them after forty minutes
    began = time.monotonic()

    with pytest.raises(StorageUnavailable, match="no answer in time"):
        store.read(SHA256)

    assert time.monotonic() - began < PATIENCE + 3
    before.drips = 0.0


def test_one_that_is_away_is_unavailable_within_the_time_and_found_when_it_is_back(
    server: BucketServer,
) -> None:
    store = BucketStore(locate(server.endpoint), LETTERS, PATIENCE)
    store.put(PDF)
    server.kill()
    began = time.monotonic()
    try:
        with pytest.raises(StorageUnavailable, match="ConnectionRefusedError"):
            store.read(SHA256)
        with pytest.raises(StorageUnavailable, match="ConnectionRefusedError"):
            store.put(b"%PDF another")
    finally:
        server.start()

    assert time.monotonic() - began < 2 * PATIENCE + 5
    assert store.read(SHA256) == PDF


@pytest.mark.parametrize(
    "answer", [b"<html>no</html>", b"<!DOCTYPE x [<!ENTITY y 'z'>]><x/>", b"not XML"]
)
def test_a_list_that_is_none_is_never_taken_for_an_empty_bucket(
    store: BucketStore, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_on = "tests.core.content.servers._Handler._pass_on"
    monkeypatch.setattr(passed_on, lambda *_: (200, [], answer))

    with pytest.raises(StorageUnavailable, match="not that of an S3 server"):
        list(store.list_content())


def test_a_folder_and_a_bucket_have_the_same_names(
    store: BucketStore, server: BucketServer, tmp_path: Path
) -> None:
    from tests.letter_store import LetterStore

    store.put(PDF)
    LetterStore(tmp_path / "letters").put(PDF)

    (file,) = [path for path in tmp_path.rglob("*.pdf")]
    assert f"service/one/{file.relative_to(tmp_path).as_posix()}" in server.list_keys()
