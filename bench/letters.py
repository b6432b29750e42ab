"""Letters beside bare WeasyPrint, in one run: the first of a milestone, each further, two workers.

The floor is the same HTML and style sheet given straight to WeasyPrint, its fonts warm, tagged as
PDF/UA-1 too. Times alternate between the two, so that a noisy machine slows both alike.
"""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.resources import files
from statistics import median

from petition.letters.compose import compose
from petition.letters.content import (
    LetterAddressee,
    LetterContent,
    LetterDistrict,
    LetterOrganization,
    Signer,
)
from petition.letters.render import preload, render_letters

# What is measured, ours, the floor, the unit of both, ours / floor, what is wanted of that.
Row = tuple[str, float, float, str, float, str]

NAMES = 100
POSTS = 3
ROUNDS = 7
WORKED = 5  # rounds of the workers
LETTERS = 8  # of the workers, in each of their rounds


def run() -> list[Row]:
    """Measure and return the rows; takes about half a minute."""
    preload()
    first, further, floor = _measure_letters()
    one, two = _measure_workers()
    return [
        ("first letter of a milestone", first, floor, "ms", first / floor, "<= 1.15"),
        ("each further post", further, floor, "ms", further / floor, "<= 1.09"),
        ("two workers, one worker", two, one, "letters/s", two / one, ">= 1.60"),
    ]


def make_contents(posts: int = POSTS) -> list[LetterContent]:
    """The demo's letter with a hundred names, to so many posts."""
    signers = tuple(
        Signer(number, f"Given-{number % 17} Family-{number % 89}", f"Town {number % 12}")
        for number in range(1, NAMES + 1)
    )
    content = LetterContent(
        organization=LetterOrganization("Open Door Neighbors", ("18 Mill Street", "Springfield")),
        campaign_title="Keep face surveillance out of our county",
        body=(files("petition.demo") / "letter.md").read_text("utf-8"),
        district=LetterDistrict("Middlesex County", "county", "Massachusetts"),
        addressee=LetterAddressee("Board", ("40 Example Square",), "Dear Members"),
        total=NAMES,
        since=date(2026, 3, 4),
        dated=date(2026, 11, 21),
        code="7K3M-Q2XD",
        verify_url="https://petition.example/letters/7K3M-Q2XD",
        signers=signers,
    )
    return [
        replace(
            content, addressee=LetterAddressee(f"Seat {n}", (f"{n} Example Square",), "Dear Member")
        )
        for n in range(1, posts + 1)
    ]


def _measure_letters() -> tuple[float, float, float]:
    contents = make_contents()
    render_bare = _prepare_floor(contents[0])
    firsts, furthers, floors = [], [], []
    for _ in range(ROUNDS):
        floors.append(_time(render_bare))
        firsts.append(_time(lambda: render_letters(contents[:1])))
        all_of_them = _time(lambda: render_letters(contents))
        furthers.append((all_of_them - firsts[-1]) / (len(contents) - 1))
    return median(firsts), median(furthers), median(floors)


def _prepare_floor(content: LetterContent) -> Callable[[], object]:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from petition.letters.layout.assets import AssetFetcher, read_stylesheet

    style = f"<style>{read_stylesheet()}</style></head>"
    html = compose(content).write_whole().replace("</head>", style)
    fonts = FontConfiguration()

    def render_bare() -> object:
        document = weasyprint.HTML(string=html, url_fetcher=AssetFetcher())
        return document.write_pdf(font_config=fonts, pdf_variant="pdf/ua-1")

    render_bare()
    return render_bare


def _measure_workers() -> tuple[float, float]:
    """Letters a second of one and of two forked workers that found WeasyPrint loaded."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, context) as one, ProcessPoolExecutor(2, context) as two:
        pools = (one, two)
        for pool in pools:
            _render_many(pool)  # starts them all
        times = [[_time(partial(_render_many, pool)) for pool in pools] for _ in range(WORKED)]
    alone, together = (1000 * LETTERS / median(column) for column in zip(*times, strict=True))
    return alone, together


def _render_many(pool: ProcessPoolExecutor) -> None:
    list(pool.map(_render_one, range(LETTERS)))


def _render_one(_: int) -> int:
    return render_letters(make_contents(1))[0].pages


def _time(work: Callable[[], object]) -> float:
    """How many milliseconds ``work`` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    for name, ours, floor, unit, ratio, target in run():
        print(f"{name:28} {ours:8.1f} {floor:8.1f} {unit:10} {ratio:5.2f}  {target}")
