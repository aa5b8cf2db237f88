// Entries kept on this device first, sent once by their key, forgotten only after the server said
// that it has them.
import { entriesOf } from "./offline-store.js";

const FIRST_GAP_MS = 2000;
const LONGEST_GAP_MS = 5 * 60 * 1000;
const PATIENCE_MS = 60000; // a photo over a weak signal takes its time

/**
 * The queue that `box` shows: [data-waiting], [data-entries], [data-say="…"], [data-send-now].
 * `name`: of its store and its turn among tabs. `line(entry)`: an entry as a row of the page.
 * `sent(entry, answer)`: the server has it. An entry is {key, at, who, url, values}.
 */
export function queueOf(box, { name, line, sent }) {
  const store = entriesOf(name);
  const waiting = box.querySelector("[data-waiting]");
  const WAITING = waiting.textContent;
  let gap = FIRST_GAP_MS;
  let timer = 0;

  function soon() {
    gap = FIRST_GAP_MS;
    turn();
  }

  async function turn() {
    clearTimeout(timer);
    // One tab sends at a time; the server knows each key besides.
    const outcome = navigator.locks
      ? await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? send() : "again"))
      : await send();
    if (outcome !== "again") return;
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
    for (const [field, value] of entry.values) body.append(field, value);
    body.append("at", entry.at);
    body.append("_once", entry.key);
    body.append("csrf_token", token);
    const answer = await ask(entry.url ?? location.pathname, { method: "POST", body });
    if (answer.body?.recorded === entry.key) {
      await store.drop(entry.key);
      sent(entry, answer.body);
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

  async function drop(key) {
    await store.drop(key);
    await show();
  }

  box.querySelector("[data-send-now]").onclick = soon;
  window.addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  return { keep: store.keep, drop, show, soon };
}

/** A fresh client key. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A full phone should clear other things first. */
export function askToStay() {
  navigator.storage?.persist?.().catch(() => {});
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
