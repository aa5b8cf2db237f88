"""`python -m tests.impatient <ocop command>`: a real process of ours whose waits are seconds.

Only lengths of time differ from production; what is waited for is the same.
"""

from datetime import timedelta

from shop import cli, http, outbox
from workers import runner, schedule
from workers.channels import pace
from workers.schedule import Entry
from workers.sync import lanes, outcomes, pull, retry

TIMEOUT_SECONDS = 1.0
# Longer than any answer that the sandbox holds back, on a machine that is busy besides.
ARRIVES_SECONDS = 10.0


def hurry() -> None:
    """Shorten every wait of this process."""
    http.TIMEOUT = (1.0, TIMEOUT_SECONDS)
    lanes.ARRIVES_WITHIN = timedelta(seconds=ARRIVES_SECONDS)
    retry.FIRST_SECONDS, retry.LONGEST_SECONDS = 1, 2
    outcomes.LOCKED_FOR = timedelta(seconds=2)
    pace.FIRST_PAUSE, pace.LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=2)
    pull.FRESH = timedelta(seconds=5)
    outbox.LOST_AFTER = timedelta(seconds=3)
    outbox.FIRST_DELAY_SECONDS, outbox.LONGEST_DELAY_SECONDS = 1, 3
    runner.MAINTENANCE_SECONDS = 5
    schedule.TIMETABLE = (
        Entry("workers.sync.jobs.push_open_lanes", 2),
        Entry("workers.sync.jobs.pull_all", 5),
    )


if __name__ == "__main__":
    hurry()
    cli.main()
