// Draws the samples of the chosen span. PANELS, SAMPLES and SPANS are written before this script.
// "live" are SAMPLES and those that /live sends; the other spans are read from /history.
"use strict";
const COLOURS = ["#3572b0", "#d9822b", "#2e8b57", "#8e5bb5", "#c0504d", "#5b8c99", "#9c7b16", "#b0558a"];
const BAD = "#c62828";
const KEPT = 900;
const WIDTH = 320, HEIGHT = 96;
const series = { live: [] };
const figures = [...document.querySelectorAll(".panel")];
let span = "live";
let lastSample = 0, lastRead = 0, readError = "";

function shown(value, unit) {
  if (value === undefined) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits }) + (unit ? " " + unit : "");
}

function element(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function colour(panel, at) {
  return PANELS[panel].isError ? BAD : COLOURS[at % COLOURS.length];
}

// A line appears with its first number above 0, so that outcomes that never happen take no room.
function linesOf(panel, samples) {
  const names = [];
  for (const sample of samples) for (const [name, value] of Object.entries(sample.values[panel])) {
    if (!names.includes(name) && (value || PANELS[panel].kind !== "rate")) names.push(name);
  }
  return names;
}

function valueOf(sample, panel, name) {
  const value = sample.values[panel][name];
  return value === undefined && PANELS[panel].kind === "rate" ? 0 : value;
}

function draw(panel, samples) {
  const figure = figures[panel];
  const lines = linesOf(panel, samples);
  const svg = figure.querySelector("svg");
  const isRatio = PANELS[panel].kind === "ratio";
  let highest = 0;
  for (const sample of samples) for (const name of lines) highest = Math.max(highest, valueOf(sample, panel, name) || 0);
  const end = samples.length ? samples[samples.length - 1].t : 0;
  const width = samples.length ? Math.max(end - samples[0].t, 60) : 60;
  const x = (t) => WIDTH * (1 - (end - t) / width);
  const y = (value) => HEIGHT - 2 - (HEIGHT - 8) * (highest ? Math.max(value, 0) / highest : 0);
  const parts = [element("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 2, y2: HEIGHT - 2 })];
  lines.forEach((name, at) => {
    let path = "", open = false, first = 0, last = 0;
    for (const sample of samples) {
      const value = valueOf(sample, panel, name);
      // A ratio of nothing has no number: its line goes on to the next one that has.
      if (value === undefined) { open = open && isRatio; continue; }
      last = x(sample.t);
      if (!path) first = last;
      path += (open ? "L" : "M") + last.toFixed(1) + " " + y(value).toFixed(1);
      if (!open) path += "h3"; // a point alone is seen, too
      open = true;
    }
    if (!path) return;
    if (lines.length === 1 && !isRatio) {
      const area = path + `L${last.toFixed(1)} ${HEIGHT - 2}L${first.toFixed(1)} ${HEIGHT - 2}Z`;
      parts.push(element("path", { d: area, class: "area", fill: colour(panel, at) }));
    }
    parts.push(element("path", { d: path, stroke: colour(panel, at) }));
  });
  svg.replaceChildren(...parts);
  // Of a ratio the newest sample that has a number; of all others the newest.
  const newest = [...samples].reverse().find((sample) => !isRatio || Object.keys(sample.values[panel]).length);
  label(panel, figure, lines, newest ? newest.values[panel] : {}, highest);
}

function label(panel, figure, lines, newest, highest) {
  const { unit, kind, overlapping, alarmAbove, hint } = PANELS[panel];
  const values = Object.values(newest);
  let total = kind === "rate" || kind === "level" ? (lines.length ? 0 : undefined) : undefined;
  if (values.length) {
    if (kind === "quantiles" || kind === "ratio") total = values[0];
    else total = overlapping ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
  }
  figure.querySelector("output").textContent = shown(total, unit);
  const isAlarm = alarmAbove !== null && highest > alarmAbove;
  figure.classList.toggle("alarm", isAlarm);
  const legend = lines.length === 1 && lines[0] === "" ? [] : lines.map((name, at) => {
    const item = document.createElement("li"), mark = document.createElement("i"), number = document.createElement("span");
    mark.style.background = colour(panel, at);
    number.textContent = " " + shown(newest[name] ?? (kind === "rate" ? 0 : undefined), "");
    item.append(mark, name || "all", number);
    return item;
  });
  if (highest) {
    const item = document.createElement("li");
    item.className = "highest";
    item.textContent = `highest ${shown(highest, unit)}` + (isAlarm ? `: above ${shown(alarmAbove, unit)}` : "");
    legend.push(item);
  }
  figure.querySelector(".legend").replaceChildren(...legend);
  figure.querySelector(".hint").textContent = lines.length ? "" : hint;
}

function drawAll() {
  const samples = series[span] || [];
  PANELS.forEach((_, panel) => draw(panel, samples));
}

function add(received) {
  series.live.push(...received);
  series.live.splice(0, Math.max(0, series.live.length - KEPT));
  if (!series.live.length) return;
  lastSample = Date.now();
  if (span === "live") drawAll();
}

async function readSpan() {
  const name = span;
  try {
    const answer = await (await fetch(`history?span=${name}`, { cache: "no-store" })).json();
    readError = answer.error || "";
    series[name] = answer.samples || [];
    lastRead = Date.now();
  } catch { readError = "the service does not answer"; }
  if (span === name) drawAll();
}

function choose(name) {
  span = name;
  for (const button of document.querySelectorAll("#spans button")) button.setAttribute("aria-pressed", button.value === name);
  drawAll();
  if (name !== "live") readSpan();
}

function showState(state) {
  const isReady = Object.values(state.ready).every((text) => text === "ok");
  const mark = document.getElementById("state");
  mark.textContent = isReady ? "ready" : "not ready";
  mark.className = isReady ? "ok" : "bad";
  const rows = Object.entries({ ...state.ready, ...state.status }).map(([name, text]) => {
    const row = document.createElement("div"), key = document.createElement("dt"), value = document.createElement("dd");
    key.textContent = name;
    value.textContent = text;
    if (name in state.ready) value.className = text === "ok" ? "ok" : "bad";
    row.append(key, value);
    return row;
  });
  document.getElementById("facts").replaceChildren(...rows);
}

function sinceText() {
  const age = Math.round((Date.now() - lastSample) / 1000);
  if (span === "live") {
    if (!lastSample) return ["waiting for the first sample …", false];
    if (age > 8) return [`no sample for ${age} s: the service does not answer`, true];
    const minutes = Math.round(series.live.length / 30);
    return [`live: a sample every 2 s, the last ${minutes} min, in the memory of this process alone`, false];
  }
  if (readError) return [readError, true];
  return [SPANS[span], false];
}

add(SAMPLES);
for (const button of document.querySelectorAll("#spans button")) button.addEventListener("click", () => choose(button.value));
const source = new EventSource("live");
source.addEventListener("open", () => { series.live.length = 0; });
source.addEventListener("samples", (event) => add(JSON.parse(event.data)));
source.addEventListener("state", (event) => showState(JSON.parse(event.data)));
setInterval(() => {
  const [text, isBad] = sinceText();
  const line = document.getElementById("since");
  if (line.textContent !== text) line.textContent = text;
  line.className = isBad ? "bad" : "dim";
  if (span !== "live" && !document.hidden && Date.now() - lastRead > (span === "hour" ? 10000 : 60000)) readSpan();
}, 1000);
if (Object.keys(SPANS).length) choose("hour");
