// Draws one execution: its id is behind the # of the address, with a program's position behind a slash.
"use strict";
const MOST_COLUMNS = 60;
const SHORT = {
  passed: "✓", wrong_answer: "✗", runtime_error: "E", time_limit: "T", memory_limit: "M", output_limit: "O",
  syntax_error: "S", not_run: "–", invalid_test: "?",
};
const MARKS = {
  rests_on_program: "the program's code had a say in the result",
  decided_by_program: "a pass that the program alone decided",
  same_process: "a pass in the program's own process",
  weak: "left out as weak: a program that solves nothing passes it",
};
const page = document.getElementById("execution");

function source(candidate) { return candidate.program ?? candidate.completion ?? ""; }

function marksOf(test) { return Object.keys(MARKS).filter((mark) => test[mark]); }

function testsOf(suite) {
  if (suite.asserts) return suite.asserts;
  if (suite.check) return [suite.check];
  return suite.io.map((test) => `stdin:\n${test.stdin}\nexpected:\n${test.stdout ?? "(not compared)"}`);
}

function code(text) { return make("pre", visible(text), { tabindex: "0" }); }

function number(value, unit = "") {
  return value === null || value === undefined ? "none" : `${Math.round(value * 1000) / 1000}${unit}`;
}

function cell(result, test) {
  if (!test) return make("td", "", { class: "none" });
  const marks = marksOf(test);
  const title = [test.outcome, ...marks.map((mark) => MARKS[mark]), visible(test.message)].filter(Boolean).join("; ");
  return make("td", SHORT[test.outcome] || test.outcome[0], { class: `${test.outcome}${marks.length ? " marked" : ""}`, title });
}

function matrix(suite, rows) {
  const columns = Math.min(testsOf(suite).length, MOST_COLUMNS);
  const numbers = Array.from({ length: columns }, (_, t) => make("th", t + 1, { scope: "col" }));
  const head = make("tr", [make("th", "program", { scope: "col" }), make("th", "rate", { scope: "col" }), ...numbers]);
  const body = rows.map(([, result]) => {
    const name = make("th", make("a", visible(result.id), { href: `#${id}/${result.index}` }), { scope: "row" });
    if (result.status !== "judged") return make("tr", [name, make("td", result.reason, { class: "bad", colspan: columns + 1 })]);
    const cells = Array.from({ length: columns }, (_, t) => cell(result, result.tests[t]));
    return make("tr", [name, make("td", number(result.pass_rate)), ...cells]);
  });
  const table = make("table", [make("thead", head), make("tbody", body)], { class: "matrix" });
  return make("div", table, { class: "wide", tabindex: "0", role: "region", "aria-label": `outcomes of suite ${suite.id}` });
}

function suiteSection(suite, info, rows) {
  const tests = testsOf(suite);
  const notes = [`${tests.length} tests`];
  if (tests.length > MOST_COLUMNS) notes.push(`the first ${MOST_COLUMNS} are in the table`);
  if (info && info.invalid_tests.length) notes.push(`invalid: ${info.invalid_tests.map((t) => t + 1).join(", ")}`);
  if (info && info.weak_tests) notes.push(`weak: ${info.weak_tests.map((t) => t + 1).join(", ") || "none"}`);
  if (suite.isolation !== "separate") notes.push("tests run in the program's own process");
  const parts = [];
  if (suite.setup) parts.push(make("h4", "before each test"), code(suite.setup));
  if (suite.checker) parts.push(make("h4", "checker program"), code(suite.checker));
  tests.forEach((text, t) => parts.push(make("h4", `test ${t + 1}`), code(text)));
  const details = make("details", [make("summary", "The tests"), ...parts]);
  return make("section", [
    make("h2", `Suite ${visible(suite.id)}`), make("p", notes.join("; "), { class: "dim" }), matrix(suite, rows), details,
  ]);
}

function testTable(result) {
  const shown = result.tests.map((test, t) => [test, t]).filter(([test]) => test.outcome !== "passed" || marksOf(test).length || test.printed);
  const rows = shown.map(([test, t]) => {
    const lines = [visible(test.message), ...marksOf(test).map((mark) => `${mark}: ${MARKS[mark]}`)];
    if (test.printed) lines.push(`printed: ${visible(test.printed.stdout)}`);
    return make("tr", [
      make("td", t + 1), make("td", test.outcome, { class: test.outcome === "passed" ? "" : "bad" }),
      make("td", lines.filter(Boolean).map((line) => make("div", line))),
    ]);
  });
  const head = make("tr", ["test", "outcome", "message and marks"].map((title) => make("th", title, { scope: "col" })));
  return rows.length ? make("div", make("table", [make("thead", head), make("tbody", rows)]), { class: "wide" }) : "";
}

function programSection(execution, candidate, result) {
  const numbers = result.status === "judged"
    ? `pass rate ${number(result.pass_rate)} · reward ${number(result.reward)} · waited ${number(result.wait_s, " s")} · ran ${number(result.run_s, " s")} · CPU ${number(result.cpu_s, " s")}${result.cached ? " · from the cache" : ""}`
    : `${result.reason}: ${result.detail}`;
  const parts = [
    make("h3", `Program ${visible(result.id)} · suite ${visible(result.suite)}`),
    make("p", visible(numbers), { class: result.status === "judged" ? "dim" : "bad" }), testTable(result), code(source(candidate)),
  ];
  if (result.extraction) {
    const details = [make("summary", `The program that was taken from this completion (${result.extraction.method})`), code(result.extraction.program)];
    parts.push(make("details", details));
  }
  const alone = { ...execution.request, candidates: [candidate], suites: execution.request.suites.filter((suite) => suite.id === candidate.suite) };
  parts.push(copyButton("copy a curl that judges this program again", () => curl(alone)));
  return make("section", parts, { id: `p${result.index}`, tabindex: "-1" });
}

// JSON has no line break, so that no program can end the here-document; and plain ASCII, so that a terminal shows what it runs.
function curl(request) {
  const needsKey = heldKey() || location.pathname.startsWith("/t/");
  const json = JSON.stringify({ ...request, cache: false, run: null })
    .replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const key = needsKey ? ` -H "Authorization: Bearer $ACECODER_TOKEN"` : "";
  return `curl ${location.origin}/v1/executions -H 'Content-Type: application/json'${key} --data-binary @- <<'END_OF_REQUEST'\n${json}\nEND_OF_REQUEST\n`;
}

function copyButton(title, text) {
  const button = make("button", title);
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text())) ? "copied" : "not copied: the browser forbids it";
    setTimeout(() => { button.textContent = title; }, 2000);
  });
  return button;
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* not over plain HTTP from another machine */ }
  const area = make("textarea", text, { class: "away" });
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

function legend() {
  const items = Object.entries(SHORT).map(([outcome, short]) => make("li", [make("b", short, { class: outcome }), ` ${outcome}`]));
  items.push(make("li", [make("b", "✓", { class: "passed marked" }), " underlined: a pass with a mark"]));
  return make("ul", items, { class: "outcomes", "aria-label": "Signs of the table" });
}

let shownExecution = null;

function draw(execution) {
  shownExecution = execution;
  const { info, request, results } = execution;
  const facts = [
    `${info.passed} of ${info.total} candidates passed every valid test; ${info.total - info.judged} without a verdict`,
    `ended ${new Date(info.ended_at * 1000).toLocaleString()} after ${info.took_s} s`, `environment ${info.environment}`,
    `runner ${execution.runner_version}`,
  ];
  if (info.run !== null) facts.push(`run ${info.run}`);
  const parts = [make("h1", `Execution ${info.id.slice(0, 8)}`), make("p", visible(facts.join(" · ")), { class: "dim" })];
  if (info.kept < info.total) {
    parts.push(make("p", `Kept are ${info.kept} of ${info.total} candidates: the first 32 that got a result, and up to 32 more that failed, with 256 KiB of programs, tests and results. The others are only in the response that the client received.`));
  }
  if (!request) { page.replaceChildren(...parts); return; }
  const pairs = results.map((result, at) => [request.candidates[at], result]);
  parts.push(legend());
  for (const suite of request.suites) {
    parts.push(suiteSection(suite, execution.suites.find((other) => other.id === suite.id), pairs.filter(([c]) => c.suite === suite.id)));
  }
  parts.push(make("h2", "Judge again"), make("p", "The request with the candidates that are kept, without the cache:"), copyButton("copy the curl", () => curl(request)));
  const command = curl(request);
  parts.push(make("details", [make("summary", `The command (${Math.ceil(command.length / 1024)} KiB)`), code(command)]));
  parts.push(make("h2", "Programs"), ...pairs.map(([candidate, result]) => programSection(execution, candidate, result)));
  page.replaceChildren(...parts);
  if (index) document.getElementById(`p${index}`)?.focus();
}

let [id, index] = location.hash.slice(1).split("/");
window.addEventListener("hashchange", () => {
  const [newId, newIndex] = location.hash.slice(1).split("/");
  if (newId !== id) location.reload();
  else document.getElementById(`p${newIndex}`)?.focus();
});

async function load() {
  if (!id) { page.replaceChildren(make("p", "No execution is named: choose one on the overview.")); return; }
  try { draw(await send(`v1/executions/${encodeURIComponent(id)}`)); } catch (error) {
    page.replaceChildren(make("p", error.status === 401 ? "" : visible(error.message), { class: "bad" }));
  }
}
load();
