// Fills the tables of runs and executions of the page's key.
const EVERY_MS = 5000;
let asked = null; // the run whose cancellation waits for a second press
let lastRuns = null; // when the runs were read before, and their worker seconds
const drawn = {};

function fill(id, rows, nothing) {
  const table = document.getElementById(id);
  const text = JSON.stringify(rows.map((row) => row.map((cell) => (cell instanceof Node ? cell.textContent : cell))));
  document.getElementById(`${id}-empty`).textContent = rows.length ? "" : nothing;
  table.hidden = !rows.length;
  if (drawn[id] === text) return; // what has the focus stays as it is
  drawn[id] = text;
  const focused = document.activeElement && table.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  table.tBodies[0].replaceChildren(...rows.map((row) => make("tr", row.map((cell) => make("td", cell)))));
  if (focused) for (const part of table.querySelectorAll("[data-name]")) if (part.dataset.name === focused) part.focus();
}

function link(id, text) {
  return make("a", text, { href: `execution#${id}`, "data-name": `${id} ${text}` });
}

function cancelButton(info) {
  if (info.run === null) return "";
  const name = `cancel ${info.run}`;
  if (asked !== info.run) {
    const button = make("button", "cancel", { "data-name": name, "aria-label": name });
    button.addEventListener("click", () => { asked = info.run; loadRuns(); });
    return button;
  }
  const yes = make("button", `yes, give up ${info.total - info.done} candidates`, { class: "danger", "data-name": name });
  const no = make("button", "no", { "data-name": `keep ${info.run}` });
  yes.addEventListener("click", async () => {
    asked = null;
    await send(`v1/runs/${encodeURIComponent(info.run)}`, "DELETE").catch(show);
    loadRuns();
  });
  no.addEventListener("click", () => { asked = null; loadRuns(); });
  return make("span", [yes, " ", no]);
}

function shareOf(runs) {
  const now = Date.now(), before = lastRuns;
  const used = new Map(runs.map((info) => [info.run, info.run_s]));
  lastRuns = { at: now, used };
  if (!before || now - before.at < 500) return () => "";
  const grown = new Map(runs.map((info) => [info.run, Math.max(info.run_s - (before.used.get(info.run) || 0), 0)]));
  return (run) => (grown.get(run) * 1000 / (now - before.at)).toFixed(1);
}

let shares = () => "";
async function loadRuns() {
  const runs = await send("v1/runs").catch(show);
  if (!runs) return;
  if (!lastRuns || Date.now() - lastRuns.at > EVERY_MS - 1000) shares = shareOf(runs);
  fill("runs", runs.map((info) => [
    info.run === null ? "(no run)" : visible(info.run), info.executions, info.total.toLocaleString("en"),
    info.done.toLocaleString("en"), info.waiting.toLocaleString("en"), ago(info.age_s), shares(info.run), cancelButton(info),
  ]), "No request of this key is in progress.");
}

async function loadExecutions() {
  const infos = await send("v1/executions").catch(show);
  if (!infos) return;
  const since = (info) => `${ago(Date.now() / 1000 - info.ended_at)} ago`;
  const nothing = "None is kept of this key. EXECUTOR_KEPT_EXECUTIONS and EXECUTOR_KEPT_EXECUTIONS_S say how many are, and how long.";
  fill("executions", infos.map((info) => [
    link(info.id, info.id.slice(0, 8)), since(info), info.run === null ? "" : visible(info.run), info.total.toLocaleString("en"),
    info.passed.toLocaleString("en"), (info.judged - info.passed).toLocaleString("en"),
    (info.total - info.judged).toLocaleString("en"), `${info.took_s} s`,
  ]), nothing);
  const failures = infos.flatMap((info) => info.failures.map((failure) => [info, failure])).slice(0, 12);
  fill("failures", failures.map(([info, failure]) => [
    make("span", failure.reason || failure.outcome || "no test counts", { class: failure.reason ? "bad" : "" }),
    make("a", visible(failure.id), { href: `execution#${info.id}/${failure.index}`, "data-name": `${info.id}/${failure.index}` }),
    visible(failure.suite), visible(failure.message), since(info),
  ]), "No candidate failed in the executions that are kept.");
  const times = new Map();
  for (const info of infos) for (const time of info.slowest_suites) {
    const slowest = times.get(time.suite);
    if (!slowest || slowest.time.run_s < time.run_s) times.set(time.suite, { time, info });
  }
  const slow = [...times.values()].sort((a, b) => b.time.run_s - a.time.run_s).slice(0, 8);
  fill("suites", slow.map(({ time, info }) => [
    make("a", visible(time.suite), { href: `execution#${info.id}`, "data-name": `suite ${time.suite}` }),
    `${time.run_s.toFixed(3)} s`, time.programs,
  ]), "No program was judged by a worker in the executions that are kept.");
}

function show(error) {
  document.getElementById("own").hidden = error.status === 401;
  document.getElementById("own-error").textContent = error.status === 401 ? "" : String(error.message);
}

async function load() {
  await Promise.all([loadRuns(), loadExecutions()]);
  if (keyForm.hidden) document.getElementById("own").hidden = false;
}
load();
setInterval(() => { if (!document.hidden && keyForm.hidden) load(); }, EVERY_MS);
