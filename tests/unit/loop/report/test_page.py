"""The page of a run shows every number of the results, as text, and loads nothing; what is missing is named."""

import re

import pytest

pytest.importorskip("jinja2")
from loop.report import write_report
from loop.report.page import flow_file, report_html
from loop.results import ExampleResults, LoopResults, RlResults, Share
from tests.unit.loop.report import invented
from tests.unit.loop.report.page_reader import Page


@pytest.fixture(scope="module")
def whole():
    return Page(report_html(invented.results()))


def body(page, caption):
    return page.tables[caption][1:]


def test_the_data_set_has_its_numbers_and_the_papers(whole):
    rows = {row[0]: row[1:] for row in body(whole, "Data set (Table 1)")}
    assert rows["seeds"] == ["300", "124,006"]
    assert rows["tests imagined a seed"] == ["12.00", "18.27"]
    assert rows["tests kept, %"] == ["72.5", "61"]
    assert rows["wrong tests among imagined, %"] == ["25.0", ""]
    assert rows["wrong tests among kept, %"] == ["1.4", "1.5"]
    assert rows["pairs"] == ["5,210", "307,509"]
    assert rows["questions with pairs, %"] == ["70.0", "53.5"]
    assert rows["tokens in / out"] == ["123,456 / 654,321", ""]
    assert whole.tables["Data set (Table 1)"][0][1:] == ["this run, 3.1 M parameters", "AceCoder, 7B models"]


def test_every_drop_is_in_the_table_with_its_reason(whole):
    rows = {(reason, kind): number for reason, kind, number in body(whole, "Drops by reason")}
    data = invented.dataset()
    expected = {(reason, "test"): str(number) for reason, number in data.test_drops.items()}
    expected |= {(reason, "question"): str(number) for reason, number in data.row_drops.items()}
    assert rows == expected


def test_every_rule_has_its_share_and_interval_at_every_n(whole):
    rows = body(whole, "Other selectors (Table 4)")
    for row, shown in zip(invented.selection().rows, rows, strict=False):
        assert shown[0] == f"{row.rule} {row.description}"
        for share, cell in zip(row.by_n.values(), shown[1:], strict=False):
            assert cell == f"{100 * share.mean:.1f} {100 * share.low:.1f}–{100 * share.high:.1f}"
    assert rows[1][-1] == "−8.7 −18.7 to +1.3"


def test_best_of_n_stands_beside_the_papers_rows(whole):
    ours, *paper = body(whole, "Best of N by the reward model (Table 2)")
    assert ours == [
        "this run, 3.1 M parameters", "33.3 25.3–41.3", "28.7 22.7–34.7", "88.3 82.3–94.3", "56.0 48.0–64.0",
        "58.1 50.1–66.1", "59.3 51.3–67.3",
    ]  # fmt: skip
    assert paper[2] == ["Qwen2.5-Coder-7B-Instruct AceCoder", "55.2", "51.0", "78.9", "57.6", "57.8", "57.8"]


def test_rl_shows_before_after_and_lift_of_each_run_and_split(whole):
    rows = body(whole, "RL (Table 3)")
    assert rows[0] == [
        "rule reward, held-out questions this run, 3.1 M parameters", "28.1 20.1–36.1", "59.4 51.4–67.4",
        "+31.3 +22.3 to +40.3",
    ]  # fmt: skip
    assert rows[1][0].startswith("rule reward, held-out questions, greedy answers")
    assert rows[1][1:] == ["33.1 25.1–41.1", "64.4 56.4–72.4", "+31.3 +21.3 to +41.3"]
    assert len(rows) == 6 + 6
    assert rows[8][0] == "rule reward AceCoder, Qwen2.5-Coder-7B (base)"
    assert rows[8][1:] == ["44.4", "52.3", "+7.9"]


def test_ablations_have_their_numbers(whole):
    rows = body(whole, "Filter and pairs (Table 5)")
    assert rows[1] == [
        "without filtering all imagined tests", "4,800", "70.0", "50.0 42.0–58.0", "52.1 44.1–60.1",
        "−7.2 −12.2 to −2.2",
    ]  # fmt: skip


def test_times_add_up(whole):
    assert body(whole, "Wall time")[-1] == ["all steps", "20 min 25 s"]


def test_machine_seed_command_settings_and_alarms_are_there(whole):
    text = whole.text
    assert "acecoder loop invented.yaml -o out/loop --seed 0" in text
    assert "2 cores, invented processor" in text
    assert "step 71: equal_groups is 0.93" in text
    assert any(row == ["rl.steps", "80"] for rows in whole.tables.values() for row in rows)


def test_counts_flow_through_the_picture(whole):
    for text in (
        "3,600",
        "2,611",
        "4,592",
        "5,210",
        "6,144",
        "5,120",
        "989 tests dropped",
        "703 rejected by consensus",
    ):
        assert text in whole.texts, text


def test_tests_of_dropped_questions_are_drops_too():
    data = invented.dataset().model_copy(update={"tests_kept": 2500})
    texts = Page(report_html(invented.results(dataset=data))).texts
    assert "1,100 tests dropped" in texts
    assert "111 of dropped questions" in texts


def test_nothing_is_loaded_and_nothing_runs(whole):
    assert not {"script", "img", "link", "iframe", "object", "base", "form"} & {
        tag for tag, _ in whole.elements
    }
    for tag, attributes in whole.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "href", "xlink:href", "action", "style"}:
                assert value.startswith("#"), (tag, name, value)
    html = report_html(invented.results())
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in style
    assert "url(" not in style
    assert "default-src 'none'" in html


def test_links_within_the_page_lead_somewhere(whole):
    ids = {attributes["id"] for _, attributes in whole.elements if "id" in attributes}
    assert {link["href"][1:] for link in whole.named("a")} <= ids


def test_a_hostile_program_stays_text(whole):
    assert invented.HOSTILE in whole.pres
    assert "<b>No bold</b> & no entities &amp;." in whole.pres[0]
    assert "assert f('<i>') == '<i><i>'" in whole.text


def test_hostile_text_anywhere_stays_text():
    evil = "</td></style><script>alert(1)</script>\u202e"
    data = invented.dataset().model_copy(update={"test_drops": {evil: 3}, "row_drops": {evil: 1}})
    page = Page(report_html(invented.results(
        name=evil, dataset=data, machine=evil, command=evil, settings={evil: evil},
        monitor_steps={evil: [{"step": 1, "reward": 0.5, "outcomes": {evil: 1.0}}]},
    )))  # fmt: skip
    assert "script" not in {tag for tag, _ in page.elements}
    assert "\\u{202e}" in page.text


def test_a_very_long_program_is_shortened_and_says_so(whole):
    long = next(text for text in whole.pres if text.startswith("xxxx"))
    assert len(long) < 5000
    assert "26,000 more characters" in long


def test_tests_say_why_they_were_dropped_and_whether_they_are_right(whole):
    text = whole.text
    assert "assert f(5) == 11 rejected_by_consensus truly wrong" in text
    assert "assert f(5) == 10 duplicate truly right" in text
    assert "assert f(3) == 7 truly wrong" in text


def test_an_empty_run_names_everything_that_is_missing():
    page = Page(report_html(LoopResults(name="empty", seed=3)))
    assert "No step of this run has results yet." in page.text
    for step in ("world", "synthesise", "best_of_n", "rl", "ablations", "examples"):
        assert step in page.text
    assert "acecoder loop config.yaml -o FOLDER" in page.text


@pytest.mark.parametrize("part", ["world", "dataset", "best_of_n", "rl", "ablations", "examples"])
def test_a_part_that_is_missing_costs_no_other(part):
    page = Page(report_html(invented.results(**{part: None})))
    whole = Page(report_html(invented.results()))
    lost = set(whole.tables) - set(page.tables)
    expected = {
        "dataset": {"Data set (Table 1)", "Stages of synthesis", "Drops by reason"},
        "best_of_n": {"Best of N by the reward model (Table 2)", "Other selectors (Table 4)"},
        "rl": {"RL (Table 3)", "What RL took"},
        "ablations": {"Filter and pairs (Table 5)"},
    }
    assert lost == expected.get(part, set())
    assert "This run has no results of:" in page.text


def test_one_question_without_intervals_and_no_pairs():
    alone = Share(mean=1.0, questions=1)
    selection = invented.selection()
    selection = selection.model_copy(update={
        "questions": 1, "greedy": alone, "average": alone, "oracle": alone, "gains": {}, "pair_accuracy": None,
        "rows": [selection.rows[0].model_copy(update={"by_n": {1: alone}})],
    })  # fmt: skip
    data = invented.dataset().model_copy(update={
        "seeds": 1, "questions": 0, "tests_imagined": 0, "tests_kept": 0, "samples": 0, "pairs": 0, "pair_questions": 0,
        "test_drops": {}, "row_drops": {}, "stages": [], "wrong_tests_imagined": None, "wrong_tests_kept": None,
    })  # fmt: skip
    page = Page(report_html(invented.results(best_of_n=selection, dataset=data)))
    assert "1 held-out question:" in page.text
    assert body(page, "Best of N by the reward model (Table 2)")[0][1:] == [
        "100.0",
        "100.0",
        "100.0",
        "100.0",
    ]
    rows = {row[0]: row[1] for row in body(page, "Data set (Table 1)")}
    assert rows["tests kept a question"] == "–"
    assert "not clearly different from greedy" in page.text


def test_empty_lists_are_drawn():
    page = Page(report_html(invented.results(
        rl=RlResults(runs=[]), examples=ExampleResults(examples=[]), monitor_steps={"rule": [{"step": "?", "reward": None}]},
    )))  # fmt: skip
    assert "RL has no results yet." in page.text


def test_the_same_results_give_the_same_bytes(tmp_path):
    write_report(invented.results(), tmp_path / "a.html")
    write_report(invented.results(), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_the_picture_can_be_a_file_of_its_own():
    text = flow_file(invented.results())
    page = Page(text)
    assert page.elements[0][0] == "svg"
    assert "style" in {tag for tag, _ in page.elements}
    assert "3,600" in page.texts


def test_a_run_of_three_questions_has_no_word_on_intervals_that_it_does_not_have():
    bare = Share(mean=1 / 3, questions=3)
    selection = invented.selection()
    rows = [row.model_copy(update={"by_n": dict.fromkeys(row.by_n, bare)}) for row in selection.rows]
    same = {"greedy": bare, "average": bare, "oracle": bare, "rows": rows, "questions": 3}
    gains = dict.fromkeys(selection.gains, bare)
    selection = selection.model_copy(update={**same, "gains": gains, "gains_by_n": {}})
    runs = [
        run.model_copy(update={"lift": {"held_out": bare}, "greedy_lift": {}}) for run in invented.rl().runs
    ]
    page = Page(report_html(invented.results(best_of_n=selection, rl=RlResults(runs=runs))))
    assert "too few for intervals" in page.text
    for words in (
        "The coloured area is the interval",
        "Bars are 95",
        "with 95 % intervals over questions, from",
    ):
        assert words not in page.text


def test_the_facts_name_writer_and_solver_and_questions_that_were_left_out():
    settings = {"world": {"writer_model": "big-writer", "solver_model": "big-solver"}}
    world = invented.world().model_copy(update={"questions_left_out": 2})
    text = Page(report_html(invented.results(world=world, settings=settings))).text
    for words in ("big-writer", "big-solver", "2 left out: the program fails a test of its own"):
        assert words in text


def test_tests_that_were_added_are_not_among_those_kept():
    data = invented.dataset().model_copy(update={"tests_added": 287})
    page = Page(report_html(invented.results(dataset=data)))
    rows = {row[0]: row[1:] for row in body(page, "Data set (Table 1)")}
    assert rows["tests added to suites"] == ["287", ""]
    assert rows["tests kept, %"] == ["72.5", "61"]
    assert "287 added to them" in page.text


def test_a_run_without_usable_tests_says_so_and_not_that_the_step_did_not_run():
    text = Page(report_html(invented.results(examples=ExampleResults(examples=[])))).text
    assert "No held-out question has imagined tests" in text
    assert "The examples step has no results" not in text


def test_rows_of_the_paper_are_left_out_where_they_have_no_number():
    selection = invented.selection()
    rows = [
        row.model_copy(update={"by_n": {n: share for n, share in row.by_n.items() if n <= 4}})
        for row in selection.rows
    ]
    few = selection.model_copy(update={"rows": rows, "samples_per_question": 4})
    page = Page(report_html(invented.results(best_of_n=few)))
    assert not any(row[0].startswith("AceCodeRM-7B") for row in body(page, "Other selectors (Table 4)"))


def test_a_split_without_questions_is_no_fact():
    world = invented.world().model_copy(
        update={"questions": {"train": 8, "held_out": 4, "held_out_family": 0}}
    )
    text = Page(report_html(invented.results(world=world))).text
    assert "8 seeds, 4 held out" in text
    assert "0 held-out families" not in text
