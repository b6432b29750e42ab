"""``make bench``: run the benchmarks that are named, or all, and print them in one table."""

import argparse
import logging
import warnings
from importlib import import_module

from rich.console import Console
from rich.table import Table

BENCHES = (
    "signing",
    "counting",
    "importing",
    "list_import",
    "locating",
    "letters",
    "hundredth",
    "attacked",
    "crowds",
    "lookups",
    "delivery_log",
    "post_list",
    "figures",
    "feed",
)


def main() -> None:
    """Print ours, the floor, their ratio and the target; what misses is marked."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("benches", nargs="*", choices=[[], *BENCHES], help=", ".join(BENCHES))
    parser.add_argument(
        "--large",
        action="store_true",
        help="signing, look-ups and the feed with a million, counting three, importing a million",
    )
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    console = Console()
    table = Table(
        "", "ours", "floor", "unit", "ratio", "target", title="Hundredth beside its floors"
    )
    for column in (1, 2, 4):
        table.columns[column].justify = "right"
    for name in arguments.benches or BENCHES:
        console.print(f"measuring {name} ...")
        module = import_module(f"bench.{name}")
        rows = module.run(large=True) if arguments.large and name in LARGE else module.run()
        for what, ours, floor, unit, ratio, target in rows:
            mark = "" if is_met(ratio, target) else " (missed)"
            table.add_row(
                what, f"{ours:,.1f}", f"{floor:,.1f}", unit, f"{ratio:.2f}", f"{target}{mark}"
            )
        table.add_section()
    console.print(table)


LARGE = ("signing", "counting", "list_import", "lookups", "feed")


def is_met(ratio: float, target: str) -> bool:
    """Return whether the ratio is what a target such as ">= 0.70" asks for."""
    sign, _, number = target.partition(" ")
    return ratio >= float(number) if sign == ">=" else ratio <= float(number)


if __name__ == "__main__":
    main()
