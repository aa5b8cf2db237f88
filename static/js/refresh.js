// Elements with data-refresh="url" data-every="seconds" keep themselves fresh by asking.
// The answer is a piece of HTML; [data-done] in it ends the asking. Those with data-live are
// kept fresh by a stream (live.js), which falls back to asking here.

const DEFAULT_SECONDS = 5;
const SLOWEST_SECONDS = 60;
const PATIENCE_MS = 15000;
const LONGEST_PRESS_MS = 10000; // whose end never came

/** Begin with every such element of the page. */
export function start() {
  for (const region of document.querySelectorAll("[data-refresh]:not([data-live])")) follow(region);
}

/** Ask for the region again and again, until what this returns is called. */
export function follow(region, soonMs) {
  const every = Number(region.dataset.every) || DEFAULT_SECONDS;
  let wait = every;
  let timer = 0;
  let over = false;
  const plan = (ms) => {
    clearTimeout(timer);
    if (!over && !done(region)) timer = setTimeout(turn, ms);
  };
  const turn = async () => {
    if (!document.hidden) {
      const fresh = await renew(region, () => over);
      wait = fresh ? every : Math.min(wait * 2, SLOWEST_SECONDS);
    }
    plan(wait * 1000);
  };
  const soon = () => {
    wait = every;
    plan(0);
  };
  const shown = () => document.hidden || soon();
  const lost = () => stale(region);
  document.addEventListener("visibilitychange", shown);
  window.addEventListener("online", soon);
  window.addEventListener("offline", lost);
  if (!region.heardAt) heard(region);
  plan(soonMs === undefined ? wait * 1000 : soonMs);
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", shown);
    window.removeEventListener("online", soon);
    window.removeEventListener("offline", lost);
  };
}

/** Whether nothing more will come. */
export function done(region) {
  return "done" in region.dataset || region.querySelector("[data-done]") !== null;
}

async function renew(region, over) {
  try {
    const html = await load(region);
    if (over()) return true;
    if (html !== null) put(region, html);
    heard(region);
    return true;
  } catch {
    if (!over()) stale(region);
    return false;
  }
}

/** Show `html` in the region, unless it is there already or somebody types in it. */
export function put(region, html) {
  // A button that is replaced between finger down and finger up is never pressed.
  if (region.pressed) {
    region.waiting = html;
    return;
  }
  if (html === region.fragment || typing(region)) return;
  const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
  region.innerHTML = html;
  region.fragment = html;
  for (const id of open) {
    const again = document.getElementById(id);
    if (again) again.setAttribute("open", "");
  }
  region.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
}

// While somebody presses in the region it stands still; what came meanwhile shows after the click.
function watch(region) {
  if (region.watched) return;
  region.watched = true;
  const release = () => {
    if (!region.pressed) return;
    clearTimeout(region.pressed);
    region.pressed = 0;
    if (region.waiting !== undefined) put(region, region.waiting);
    region.waiting = undefined;
  };
  region.addEventListener("pointerdown", () => {
    clearTimeout(region.pressed);
    region.pressed = setTimeout(release, LONGEST_PRESS_MS);
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(release));
}

async function load(region) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  const headers = { "X-Fragment": "1" };
  if (region.tag) headers["If-None-Match"] = region.tag;
  try {
    const answer = await fetch(region.dataset.refresh, { headers, signal: stop.signal });
    if (answer.status === 304) return null;
    // A redirect leads to the sign-in page: a whole page is no fragment.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const html = await answer.text();
    region.tag = answer.headers.get("ETag");
    return html;
  } finally {
    clearTimeout(timer);
  }
}

function typing(region) {
  return region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

/** The server has just said how things are: the region is fresh. */
export function heard(region) {
  watch(region);
  region.heardAt = Date.now();
  clearInterval(region.aging);
  region.classList.remove("is-stale");
  const note = noteOf(region);
  if (note) note.hidden = true;
}

/** The line is lost: say so, and of when the figures are, until something is heard again. */
export function stale(region) {
  if (region.classList.contains("is-stale")) return;
  region.classList.add("is-stale");
  if (!noteOf(region)) {
    region.before(document.getElementById("stale-note").content.firstElementChild.cloneNode(true));
  }
  const note = noteOf(region);
  note.querySelector("[data-stale-at]").textContent = new Date(region.heardAt).toLocaleTimeString("vi-VN", { hour12: false });
  age(note, region.heardAt);
  note.hidden = false;
  region.aging = setInterval(() => age(note, region.heardAt), 1000);
}

function noteOf(region) {
  const note = region.previousElementSibling;
  return note && note.matches("[data-stale-note]") ? note : null;
}

function age(note, since) {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  const words = seconds < 90 ? note.dataset.seconds : note.dataset.minutes;
  note.querySelector("[data-stale-age]").textContent = words.replace("#", String(seconds < 90 ? seconds : Math.round(seconds / 60)));
}
