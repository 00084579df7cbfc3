// Sends requests with the key of this page. The key is kept for this tab only, and sent in a header, never in an address.
// A page that was opened below /t/KEY/ needs none: its requests go to paths below it.
const KEY = "acecoder-key";
const keyForm = document.getElementById("key");

function heldKey() {
  try { return sessionStorage.getItem(KEY) || ""; } catch { return ""; }
}

function holdKey(key) {
  try { key ? sessionStorage.setItem(KEY, key) : sessionStorage.removeItem(KEY); } catch { /* this tab keeps nothing */ }
}

async function send(path, method = "GET") {
  const key = heldKey();
  const answer = await fetch(path, { method, cache: "no-store", headers: key ? { Authorization: "Bearer " + key } : {} });
  keyForm.hidden = answer.status !== 401;
  keyForm.querySelector(".bad").textContent = answer.status === 401 && key ? "This key is not one of the service's." : "";
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.detail || `status ${answer.status}`), { status: answer.status });
  document.getElementById("forget").hidden = !key;
  return body;
}

// Text of a program is only ever written as text: nothing here makes HTML of it.
function make(name, content = [], attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...[content].flat().map((part) => (part instanceof Node ? part : String(part))));
  return made;
}

// Characters that a reader does not see, or that change the order of what is seen, are written as their numbers.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
function visible(text) {
  return String(text).replace(HIDDEN, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

function ago(seconds) {
  if (seconds < 100) return `${Math.max(Math.round(seconds), 0)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = keyForm.querySelector("input");
  holdKey(input.value.trim());
  input.value = "";
  load();
});
document.getElementById("forget").addEventListener("click", () => { holdKey(""); location.reload(); });
