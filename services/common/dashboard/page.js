// Draws SAMPLES, and those that /live sends. PANELS and SAMPLES are written before this script.
"use strict";
const COLOURS = ["#3572b0", "#d9822b", "#2e8b57", "#8e5bb5", "#c0504d", "#5b8c99", "#9c7b16", "#b0558a"];
const BAD = "#c62828";
const KEPT = 900;
const WIDTH = 320, HEIGHT = 96;
const samples = [];
const names = PANELS.map(() => []); // lines of each panel, in the order of their first sample
let lastSample = 0;

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

function draw(panel) {
  const figure = document.querySelectorAll(".panel")[panel];
  const lines = names[panel];
  const svg = figure.querySelector("svg");
  const newest = samples[samples.length - 1].values[panel];
  let highest = 0;
  for (const sample of samples) for (const name of lines) highest = Math.max(highest, sample.values[panel][name] || 0);
  const end = samples[samples.length - 1].t;
  const span = Math.max(end - samples[0].t, 60);
  const x = (t) => WIDTH * (1 - (end - t) / span);
  const y = (value) => HEIGHT - 2 - (HEIGHT - 8) * (highest ? value / highest : 0);
  svg.replaceChildren(element("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 2, y2: HEIGHT - 2 }));
  lines.forEach((name, at) => {
    let path = "", open = false, first = 0, last = 0;
    for (const sample of samples) {
      const value = sample.values[panel][name];
      if (value === undefined) { open = false; continue; }
      last = x(sample.t);
      if (!path) first = last;
      path += (open ? "L" : "M") + last.toFixed(1) + " " + y(value).toFixed(1);
      open = true;
    }
    if (!path) return;
    if (lines.length === 1) {
      const area = path + `L${last.toFixed(1)} ${HEIGHT - 2}L${first.toFixed(1)} ${HEIGHT - 2}Z`;
      svg.append(element("path", { d: area, class: "area", fill: colour(panel, at) }));
    }
    svg.append(element("path", { d: path, stroke: colour(panel, at) }));
  });
  const unit = PANELS[panel].unit;
  const values = Object.values(newest);
  const isSum = PANELS[panel].kind !== "quantiles";
  let total = isSum && lines.length ? 0 : undefined;
  if (values.length) total = !isSum ? values[0] : PANELS[panel].overlapping ? Math.max(...values) : values.reduce((a, b) => a + b, 0);
  figure.querySelector("output").textContent = shown(total, unit);
  const legend = lines.length === 1 && lines[0] === "" ? [] : lines.map((name, at) => {
    const item = document.createElement("li"), mark = document.createElement("i"), number = document.createElement("span");
    mark.style.background = colour(panel, at);
    number.textContent = " " + shown(newest[name], "");
    item.append(mark, name || "all", number);
    return item;
  });
  if (highest) {
    const item = document.createElement("li");
    item.className = "highest";
    item.textContent = `highest ${shown(highest, unit)}`;
    legend.push(item);
  }
  figure.querySelector(".legend").replaceChildren(...legend);
}

function add(received) {
  for (const sample of received) {
    samples.push(sample);
    sample.values.forEach((values, panel) => {
      for (const name of Object.keys(values)) {
        // A line appears with its first number above 0, so that outcomes that never happen take no room.
        if (!names[panel].includes(name) && (values[name] || PANELS[panel].kind !== "rate")) names[panel].push(name);
      }
    });
  }
  samples.splice(0, Math.max(0, samples.length - KEPT));
  if (!samples.length) return;
  lastSample = Date.now();
  PANELS.forEach((_, panel) => draw(panel));
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

add(SAMPLES);
const source = new EventSource("live");
source.addEventListener("open", () => { samples.length = 0; });
source.addEventListener("samples", (event) => add(JSON.parse(event.data)));
source.addEventListener("state", (event) => showState(JSON.parse(event.data)));
setInterval(() => {
  const age = Math.round((Date.now() - lastSample) / 1000);
  const text = !lastSample ? "waiting for the first sample …"
    : age > 8 ? `no sample for ${age} s: the service does not answer`
    : `live: a sample every 2 s, the last ${Math.round(samples.length / 30)} min of this process`;
  const line = document.getElementById("since");
  line.textContent = text;
  line.className = age > 8 && lastSample ? "bad" : "dim";
}, 1000);
