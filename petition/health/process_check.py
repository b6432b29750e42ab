"""Check that a worker of each stage and a scheduler run, by their rows in the database."""

from petition.core.extensions import db
from petition.health.findings import Fault, count_words, skip_on_database_error
from petition.processes.intervals import FORGOTTEN_AFTER
from petition.processes.process_rows import count_schedulers, count_workers, list_processes

START_AGAIN = (
    "Start it again, and check its log and its host's memory and clock; one that was stopped on "
    f"purpose is forgotten after {FORGOTTEN_AFTER.days * 24} hours."
)
MOST_NAMED = 3


@skip_on_database_error
def check_processes() -> str:
    """Each stage has a worker, there is a scheduler, and no heartbeat is late."""
    processes = list_processes(db.session())
    late = [process for process in processes if process.late]
    if late:
        named = ", ".join(f"{one.name} for {one.silent:.0f} s" for one in late[:MOST_NAMED])
        more = f" and {len(late) - MOST_NAMED} more" if len(late) > MOST_NAMED else ""
        raise Fault(f"no heartbeat: {named}{more}", START_AGAIN)
    idle = [stage.value for stage, number in count_workers(processes).items() if not number]
    if idle:
        raise Fault(
            f"no worker listens to {', '.join(idle)}",
            f"Start one with `petition up`, or `petition worker {' '.join(idle)}`.",
        )
    schedulers = count_schedulers(processes)
    if not schedulers:
        raise Fault("no scheduler runs", "Start it with `petition up`, or `petition scheduler`.")
    workers = len(processes) - schedulers
    return f"{count_words(workers, 'worker')} and {count_words(schedulers, 'scheduler')} run"
