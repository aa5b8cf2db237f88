// Elements with data-refresh="url" data-every="seconds" keep themselves fresh.
// The answer is a piece of HTML; [data-done] in it ends the asking.

const DEFAULT_SECONDS = 5;
const SLOWEST_SECONDS = 60;
const PATIENCE_MS = 15000;

/** Begin with every such element of the page. */
export function start() {
  for (const region of document.querySelectorAll("[data-refresh]")) follow(region);
}

function follow(region) {
  const every = Number(region.dataset.every) || DEFAULT_SECONDS;
  let wait = every;
  let timer = 0;
  const plan = () => {
    clearTimeout(timer);
    if (!done(region)) timer = setTimeout(turn, wait * 1000);
  };
  const turn = async () => {
    if (!document.hidden) {
      const fresh = await renew(region);
      wait = fresh ? every : Math.min(wait * 2, SLOWEST_SECONDS);
    }
    plan();
  };
  const soon = () => {
    wait = every;
    clearTimeout(timer);
    if (!done(region)) timer = setTimeout(turn, 0);
  };
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  window.addEventListener("online", soon);
  window.addEventListener("offline", () => mark(region, true));
  plan();
}

function done(region) {
  return "done" in region.dataset || region.querySelector("[data-done]") !== null;
}

async function renew(region) {
  try {
    const html = await load(region.dataset.refresh);
    if (html !== region.fragment && !typing(region)) {
      const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
      region.innerHTML = html;
      region.fragment = html;
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      region.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
    }
    mark(region, false);
    return true;
  } catch {
    mark(region, true);
    return false;
  }
}

async function load(url) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(url, { headers: { "X-Fragment": "1" }, signal: stop.signal });
    // A redirect leads to the sign-in page: a whole page is no fragment.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return await answer.text();
  } finally {
    clearTimeout(timer);
  }
}

function typing(region) {
  return region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

function mark(region, stale) {
  region.classList.toggle("is-stale", stale);
  const note = region.previousElementSibling;
  if (note?.matches("[data-stale-note]")) note.hidden = !stale;
  else if (stale) region.before(staleNote());
}

function staleNote() {
  const note = document.getElementById("stale-note").content.firstElementChild.cloneNode(true);
  note.hidden = false;
  return note;
}
