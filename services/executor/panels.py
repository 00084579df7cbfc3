"""Lists the charts of the executor's live page."""

from dataclasses import replace

from services.common.dashboard.panels import LATENCY, Panel, PanelKind

_WORK = (
    Panel("Programs answered", "executor_candidates_total", PanelKind.RATE, "status", "/s"),
    Panel("Programs waiting, by priority", "executor_priority_queue_depth", PanelKind.LEVEL, "priority"),
    Panel(
        "Oldest that waits, by priority", "executor_priority_queue_age_seconds", PanelKind.LEVEL, "priority", "s",
        overlapping=True,
    ),
    # A worker serves every environment that it can.
    Panel("Workers, by environment", "executor_workers", PanelKind.LEVEL, "environment", overlapping=True),
    Panel("Executions in progress", "executor_executions_running", PanelKind.LEVEL, per_process=True),
    Panel(
        "Programs without a verdict", "executor_candidates_total", PanelKind.RATE, "reason", "/s", is_error=True,
        only=("status", "unscorable"), hint="None: every program got a verdict.",
    ),
)  # fmt: skip
_TIME = (
    replace(LATENCY),
    Panel(
        "Waiting for a verdict", "executor_wait_seconds", PanelKind.QUANTILES, unit="s",
        hint="From the arrival of a request to a result, less the time of judging.",
    ),
    Panel(
        "Judging a program", "executor_run_seconds", PanelKind.QUANTILES, unit="s",
        hint="The time for which a worker judged a program.",
    ),
    Panel(
        "Share from the cache", "executor_candidates_cached_total", PanelKind.RATIO, per="executor_candidates_total",
        hint="Programs that needed no judging, divided by programs answered.",
    ),
)  # fmt: skip
_REWARDS = (
    Panel("Outcomes of tests", "executor_tests_total", PanelKind.RATE, "outcome", "/s"),
    Panel(
        "Canaries passed, share", "executor_canaries_total", PanelKind.RATIO, per="executor_canaries_total",
        only=("result", "passed"), alarm_above=0.0,
        hint="Suites whose ids end with :canary. A single pass is a forged verdict, or a canary that is wrong.",
    ),
    Panel(
        "Passes that rest on the program, share", "executor_passes_total", PanelKind.RATIO,
        per="executor_passes_total", only=("rests_on_program", "yes"), alarm_above=0.3,
        hint="Passed tests in whose result the program's own code had a say.",
    ),
    Panel(
        "Groups with equal rewards, share", "executor_groups_total", PanelKind.RATIO, per="executor_groups_total",
        only=("rewards", "equal"), alarm_above=0.9,
        hint="A group is two or more candidates of one suite in one request. Equal rewards teach nothing.",
    ),
    Panel(
        "Held-out gap", "executor_held_out_pass_rate_total", PanelKind.RATIO, "tests",
        per="executor_held_out_programs_total", difference=("reward", "held_out"), alarm_above=0.3,
        hint="Pass rate less that of held-out tests: of programs that a request judges by suites ID and ID:held-out.",
    ),
    Panel(
        "Weak tests, share", "executor_searched_tests_total", PanelKind.RATIO, per="executor_searched_tests_total",
        only=("weak", "yes"),
        hint="Tests that a program passes without solving anything, of requests with weak_tests.",
    ),
)  # fmt: skip
_KEYS = (
    Panel("Programs waiting, by key", "executor_caller_queue_depth", PanelKind.LEVEL, "caller"),
    Panel(
        "Oldest that waits, by key", "executor_caller_queue_age_seconds", PanelKind.LEVEL, "caller", "s",
        overlapping=True,
    ),
    Panel(
        "Judged at once, by key", "executor_caller_run_seconds_total", PanelKind.RATE, "caller",
        hint="Programs that are being judged, as a mean. A worker judges several side by side.",
    ),
)  # fmt: skip
PANELS = tuple(
    replace(panel, group=group)
    for group, panels in (("Work", _WORK), ("Time", _TIME), ("Rewards", _REWARDS), ("Keys", _KEYS))
    for panel in panels
)
