"""Many downloads of one export at once give one file."""

from threading import Barrier, Thread

from flask import Flask

from petition.core.errors import PetitionError
from petition.partners.exports.export_download import OpenDownload, open_download
from tests.partners.exports.world import make_coalition

THREADS = 6


def test_many_at_once_give_one_file(app: Flask) -> None:
    with app.app_context():
        coalition = make_coalition()
        coalition.add_person()
        export_id = coalition.prepare()
    given: list[OpenDownload] = []
    refused: list[PetitionError] = []
    barrier = Barrier(THREADS)

    def take() -> None:
        with app.app_context():
            barrier.wait(10)
            try:
                given.append(open_download(coalition.organization_id, export_id, coalition.asker))
            except PetitionError as error:
                refused.append(error)

    threads = [Thread(target=take) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (len(given), len(refused)) == (1, THREADS - 1)
