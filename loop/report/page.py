"""Writes the results of one run as one HTML page that loads nothing and runs no script.

The same results give the same bytes: the page has no date. It shows the parts of the results that exist, and names the
missing ones.
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from clients.evaluation.escapes import plain
from loop.report.charts import learning_figures, monitor_figures, selection_figure
from loop.report.dataset_tables import dataset_table, drops_table, stages_table
from loop.report.examples import MAX_EXAMPLES, example_views
from loop.report.flow import flow_of
from loop.report.flow_picture import phone_flow, wide_flow
from loop.report.numbers import count, duration, reward_label, size, tight
from loop.report.sentences import has_intervals, headline, missing_parts
from loop.report.tables import (
    Table,
    ablations_table,
    rl_cost_table,
    rl_table,
    rules_table,
    selection_table,
    times_table,
)
from loop.results import LoopResults

DEFAULT_COMMAND = "acecoder loop config.yaml -o FOLDER"


def write_report(results: LoopResults, path: Path) -> None:
    """Write the page of a run. The file is complete or not there: a reader never sees half of it."""
    write_whole(path, report_html(results))


def report_html(results: LoopResults) -> str:
    """Return the page of a run."""
    selection, rl, ablations = results.best_of_n, results.rl, results.ablations
    flow = flow_of(results)
    return render(
        "report.html",
        results=results,
        title=f"{results.name}, seed {results.seed}",
        sentences=headline(results),
        missing=missing_parts(results),
        has_intervals=has_intervals(results),
        facts=_facts(results),
        wide_flow=wide_flow(flow),
        phone_flow=phone_flow(flow),
        dataset_tables=_dataset_tables(results),
        selection_figure=selection_figure(selection) if selection and selection.rows else None,
        selection_tables=[selection_table(results, selection)] if selection else [],
        rules_tables=[rules_table(results, selection)] if selection and selection.rows else [],
        pair_accuracy=selection.pair_accuracy if selection else None,
        learning=learning_figures(rl) if rl else [],
        rl_tables=[rl_table(results, rl), rl_cost_table(rl)] if rl and rl.runs else [],
        monitor=monitor_figures(results.monitor_steps),
        ablations_tables=[ablations_table(results, ablations)] if ablations else [],
        examples=example_views(results.examples.examples) if results.examples else [],
        more_examples=max(len(results.examples.examples) - MAX_EXAMPLES, 0) if results.examples else 0,
        times=times_table(results.wall_s) if results.wall_s else None,
        settings=list(_setting_rows("", results.settings)),
        command=results.command or DEFAULT_COMMAND,
    )


def render(template: str, **values: object) -> str:
    """Return a template of this folder with its values; all text in it is escaped."""
    folder = resources.files(__package__)
    loader = jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8"))
    environment = jinja2.Environment(
        autoescape=True,
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "reward": reward_label, "tight": tight}
    environment.globals["style"] = _style("colors.css", "page.css", "flow.css")
    return environment.get_template(template).render(**values)


def flow_file(results: LoopResults) -> str:
    """Return the picture of the workflow as an SVG file of its own, for a README."""
    return f"{wide_flow(flow_of(results), _style('colors.css', 'flow.css'))}\n"


def _style(*names: str) -> Markup:
    """Return style sheets of this folder."""
    folder = resources.files(__package__)
    return Markup("".join(folder.joinpath(name).read_text("utf-8") for name in names))  # noqa: S704 - our own files


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _dataset_tables(results: LoopResults) -> list[Table]:
    data = results.dataset
    if data is None:
        return []
    tables = [dataset_table(results, data)]
    tables += [stages_table(data)] if data.stages else []
    tables += [drops_table(data)] if data.test_drops or data.row_drops else []
    return tables


def _facts(results: LoopResults) -> list[tuple[str, str]]:
    """Return name and value of what the reader must know to judge the numbers."""
    facts = []
    if world := results.world:
        facts += [
            ("base policy", f"{world.policy_name or 'made by this run'}, {size(world.policy_parameters)}")
        ]
        names = {"train": "seeds", "held_out": "held out", "held_out_family": "held-out families"}
        numbers = [
            f"{count(number)} {names.get(split, split)}"
            for split, number in world.questions.items()
            if number
        ]
        left_out = world.questions_left_out
        numbers += [f"{count(left_out)} left out: the program fails a test of its own"] if left_out else []
        facts += [("questions", ", ".join(numbers))]
    given = results.settings.get("world")
    if isinstance(given, Mapping):
        facts += [
            (role, str(given[f"{role}_model"])) for role in ("writer", "solver") if f"{role}_model" in given
        ]
    if results.wall_s:
        facts += [("time", duration(sum(results.wall_s.values())))]
    facts += [("seed", str(results.seed))]
    if results.machine:
        facts += [("machine", results.machine)]
    return facts


def _setting_rows(prefix: str, settings: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield dotted names and values of the configuration."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _setting_rows(f"{prefix}{name}.", value)
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{prefix}{name}", text
