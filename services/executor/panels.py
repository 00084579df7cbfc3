"""Lists the charts of the executor's live page."""

from services.common.dashboard.panels import LATENCY, Panel, PanelKind

PANELS = (
    Panel("Programs answered", "executor_candidates_total", PanelKind.RATE, "status", "/s"),
    Panel("Programs waiting", "executor_queue_depth", PanelKind.LEVEL, "environment"),
    Panel("Oldest that waits", "executor_queue_age_seconds", PanelKind.LEVEL, "environment", "s", overlapping=True),
    # A worker serves every environment that it can.
    Panel("Workers", "executor_workers", PanelKind.LEVEL, "environment", overlapping=True),
    Panel("Outcomes of tests", "executor_tests_total", PanelKind.RATE, "outcome", "/s"),
    Panel(
        "Programs without a verdict", "executor_candidates_total", PanelKind.RATE, "reason", "/s", is_error=True,
        only=("status", "unscorable"),
    ),
    Panel("Executions in progress", "executor_executions_running", PanelKind.LEVEL),
    LATENCY,
)  # fmt: skip
