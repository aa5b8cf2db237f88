// Entries in the field: kept on this device first, sent once by their key, forgotten only after
// the server said that it has them. Without this the page's forms are plain ones.
import { keepPage } from "./field-offline.js";
import * as store from "./field-store.js";

const FIRST_GAP_MS = 2000;
const LONGEST_GAP_MS = 5 * 60 * 1000;
const PATIENCE_MS = 60000; // a photo over a weak signal takes its time

const box = document.querySelector("[data-field-queue]");
const waiting = box.querySelector("[data-waiting]");
const WAITING = waiting.textContent;
let gap = FIRST_GAP_MS;
let timer = 0;
let mending = null; // the refused entry that stands in a form again

for (const form of document.querySelectorAll("form[data-field]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(form);
  });
}
for (const link of document.querySelectorAll("nav [data-lot]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    choose(link.dataset.lot);
  });
}
box.querySelector("[data-send-now]").onclick = soon;
window.addEventListener("online", soon);
document.addEventListener("visibilitychange", () => document.hidden || soon());
choose(new URLSearchParams(location.search).get("lo")); // the kept page knows of no choice
keepPage(box.dataset.worker);
show().then(soon, () => {}); // no storage: plain forms

async function enter(form) {
  // Now, not after an await: a second press finds the form empty or its own key.
  const key = form.dataset.key ?? newKey();
  form.dataset.key = key;
  const values = [...new FormData(form)].filter(
    ([name, value]) => !["csrf_token", "_once"].includes(name) && !(value instanceof File && !value.size),
  );
  const entry = {
    key,
    values,
    at: mendedAt(key) ?? new Date().toISOString(),
    who: box.dataset.who,
    work: form.dataset.field,
    lot: form.elements.lot.selectedOptions[0].text,
  };
  if (mendedAt(key)) addOldPhotos(entry);
  try {
    await store.keep(entry);
  } catch {
    form.submit(); // nowhere to keep it: as if there were no script
    return;
  }
  navigator.storage?.persist?.().catch(() => {}); // a full phone should clear other things first
  const lot = form.elements.lot.value;
  delete form.dataset.key;
  mending = null;
  form.reset();
  choose(lot);
  form.closest("details").open = false;
  await show("kept");
  box.scrollIntoView({ block: "nearest" });
  soon();
}

// It happened when it was first entered, unless that very time was refused.
function mendedAt(key) {
  return mending?.key === key && !mending.wrongTime ? mending.at : null;
}

function addOldPhotos(entry) {
  if (entry.values.some(([, value]) => value instanceof Blob)) return;
  entry.values.push(...mending.values.filter(([, value]) => value instanceof Blob));
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function choose(ref) {
  const chosen = document.querySelector(`nav [data-lot="${CSS.escape(ref ?? "")}"]`);
  if (!chosen) return;
  for (const link of document.querySelectorAll("nav [data-lot]")) {
    link.classList.toggle("primary", link === chosen);
    if (link === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const form of document.querySelectorAll("form[data-field]")) {
    form.elements.lot.value = ref;
    if (form.elements.unit && chosen.dataset.unit) form.elements.unit.value = chosen.dataset.unit;
  }
}

function soon() {
  gap = FIRST_GAP_MS;
  turn();
}

async function turn() {
  clearTimeout(timer);
  // One tab sends at a time; the server knows each key besides.
  const sent = navigator.locks
    ? await navigator.locks.request("field", { ifAvailable: true }, (lock) => (lock ? send() : "again"))
    : await send();
  if (sent !== "again") return;
  clearTimeout(timer);
  timer = setTimeout(turn, gap);
  gap = Math.min(gap * 2, LONGEST_GAP_MS);
}

/** Send what waits: "again" when that has to be tried later. */
async function send() {
  const entries = (await store.all()).filter((entry) => !entry.refused);
  if (!entries.length) return "done";
  const session = await ask(box.dataset.session);
  if (session.status === 401) return said("sign-in");
  if (session.status !== 200) return said("offline", "again");
  const { who, csrf_token } = session.body;
  for (const entry of entries.filter((each) => each.who === String(who))) {
    const outcome = await post(entry, csrf_token);
    if (outcome !== "done") return outcome;
  }
  return said((await store.all()).some((each) => each.who !== String(who)) ? "other" : "sent");
}

async function post(entry, token) {
  const body = new FormData();
  for (const [name, value] of entry.values) body.append(name, value);
  body.append("at", entry.at);
  body.append("_once", entry.key);
  body.append("csrf_token", token);
  const answer = await ask(location.pathname, { method: "POST", body });
  if (answer.body?.recorded === entry.key) {
    await store.drop(entry.key);
    for (const words of answer.body.warnings) warn(words);
    await show();
    return "done";
  }
  if (answer.status === 401) return said("sign-in");
  if (![403, 404, 413, 422].includes(answer.status)) return said("offline", "again");
  const errors = answer.body?.errors ?? {};
  const refused = Object.values(errors).flat();
  if (!refused.length) refused.push(answer.body?.title ?? String(answer.status));
  await store.keep({ ...entry, refused, wrongTime: "at" in errors });
  await show("refused");
  return "done";
}

async function ask(url, options = {}) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(url, { ...options, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    const isJson = /json/.test(answer.headers.get("Content-Type"));
    return { status: answer.status, body: isJson ? await answer.json() : null };
  } catch {
    return { status: 0, body: null };
  }
}

async function said(what, outcome = "done") {
  await show(what);
  return outcome;
}

async function show(what) {
  const entries = await store.all();
  waiting.textContent = WAITING.replace("0", entries.length);
  box.querySelector("[data-entries]").replaceChildren(...entries.map(line));
  if (what) {
    const asked = entries.some((entry) => entry.refused) && what === "sent" ? "refused" : what;
    for (const words of box.querySelectorAll("[data-say]")) words.hidden = words.dataset.say !== asked;
  }
  if (what || entries.length) box.hidden = false;
  box.querySelector("[data-send-now]").hidden = !entries.some((entry) => !entry.refused);
}

function line(entry) {
  const row = document.getElementById("field-entry").content.firstElementChild.cloneNode(true);
  row.querySelector("[data-work]").textContent = entry.work;
  row.querySelector("[data-lot]").textContent = entry.lot;
  row.querySelector("[data-at]").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
  if (!entry.refused) return row;
  const why = row.querySelector("[data-why]");
  why.textContent = entry.refused.join(" ");
  why.hidden = false;
  row.querySelector("[data-mend]").hidden = entry.who !== box.dataset.who;
  row.querySelector("[data-edit]").onclick = () => mend(entry);
  const drop = row.querySelector("[data-drop]");
  drop.onclick = async () => {
    if (!window.confirm(drop.dataset.ask)) return;
    await store.drop(entry.key);
    await show();
  };
  return row;
}

// Back into its form; it stays kept until it is entered again, under the same key.
function mend(entry) {
  const texts = Object.fromEntries(entry.values.filter(([, value]) => typeof value === "string"));
  const form = [...document.querySelectorAll("form[data-field]")].find(
    (each) => each.elements.work_name.value === texts.work_name,
  );
  if (!form) return;
  for (const [name, value] of Object.entries(texts)) if (form.elements[name]) form.elements[name].value = value;
  form.dataset.key = entry.key;
  mending = entry;
  form.closest("details").open = true;
  form.scrollIntoView();
}

function warn(words) {
  const note = document.getElementById("field-warning").content.firstElementChild.cloneNode(true);
  note.textContent = words;
  box.before(note);
}
