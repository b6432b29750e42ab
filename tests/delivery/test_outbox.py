"""The outbox channel: exactly what SMTP would have carried, whole or not at all."""

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from flask import Flask

from petition.core.errors import StorageCorrupt
from petition.core.extensions import get_settings
from petition.core.files import UNFINISHED
from petition.delivery.send import deliver
from petition.models import DeliveryState
from tests.delivery.conftest import Ready, build_ready, get_row, make_due
from tests.mail.servers import Answers, polite_server


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Have the kernel refuse to let any file grow beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def find_folder(ready: Ready) -> Path:
    return get_settings().outbox_dir / str(ready.delivery_id)


def test_a_delivery_is_a_folder_with_the_letter_and_the_message(ready: Ready) -> None:
    state = deliver(ready.delivery_id, ready.read_letter)

    folder = find_folder(ready)
    (pdf,) = ready.pdfs.values()
    assert state is DeliveryState.ACCEPTED
    assert sorted(path.name for path in folder.iterdir()) == ["letter.pdf", "message.eml"]
    assert (folder / "letter.pdf").read_bytes() == pdf
    message = message_from_bytes((folder / "message.eml").read_bytes(), policy=SMTP)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == pdf


def test_what_is_kept_of_a_letter_is_for_this_user_only(ready: Ready) -> None:
    inherited = os.umask(0)
    try:
        deliver(ready.delivery_id, ready.read_letter)
    finally:
        os.umask(inherited)

    root = get_settings().outbox_dir
    for path in (root, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_message_is_what_smtp_carries(enter: Callable[..., Flask]) -> None:
    answers = Answers()
    with polite_server(answers) as address:
        enter(PETITION_CHANNEL="email", PETITION_SMTP_URL=f"smtp://{address}")
        mailed = build_ready("email")
        deliver(mailed.delivery_id, mailed.read_letter)
    kept = build_ready("outbox")
    deliver(kept.delivery_id, kept.read_letter)

    carried = message_from_bytes(answers.kept[0], policy=SMTP)
    written = message_from_bytes((find_folder(kept) / "message.eml").read_bytes(), policy=SMTP)
    assert carried.keys() == written.keys()
    assert b"\n" not in answers.kept[0].replace(b"\r\n", b"")
    assert b"\n" not in (find_folder(kept) / "message.eml").read_bytes().replace(b"\r\n", b"")


def test_a_disk_that_is_full_leaves_nothing_and_is_tried_again(ready: Ready) -> None:
    big = build_ready(pdf_size=8_000_000)

    with files_no_larger_than(4_000_000):
        state = deliver(big.delivery_id, big.read_letter)

    assert state is DeliveryState.RETRY_WAIT
    assert get_row(big.delivery_id).reason == "storage-unavailable"
    assert not find_folder(big).exists()
    assert list((get_settings().outbox_dir / UNFINISHED).iterdir()) == []

    make_due(big.delivery_id)
    assert deliver(big.delivery_id, big.read_letter) is DeliveryState.ACCEPTED


def test_another_letter_under_the_same_id_is_never_overwritten(ready: Ready) -> None:
    folder = find_folder(ready)
    folder.mkdir(parents=True)
    (folder / "letter.pdf").write_bytes(b"of a database that was thrown away")

    state = deliver(ready.delivery_id, ready.read_letter)

    assert state is DeliveryState.FAILED
    assert get_row(ready.delivery_id).reason == "another letter is there"
    assert (folder / "letter.pdf").read_bytes() == b"of a database that was thrown away"


def test_a_letter_that_is_damaged_on_disk_fails(ready: Ready) -> None:
    def read_damaged(sha256: str) -> bytes:
        raise StorageCorrupt("not what was filed")

    assert deliver(ready.delivery_id, read_damaged) is DeliveryState.FAILED
    assert get_row(ready.delivery_id).reason == "storage-corrupt"
