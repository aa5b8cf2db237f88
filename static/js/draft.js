// Forms with data-draft keep what is typed on this device until the server has accepted it.

const PREFIX = "draft:";
const SENT = "draft-sent"; // of this tab: which form was sent last
const LONGEST_MS = 7 * 24 * 3600 * 1000;
const PAUSE_MS = 300;

/** Settle what was sent, offer what was lost, and keep what is typed from now on. */
export function start() {
  settle();
  forgetOld();
  for (const form of document.querySelectorAll("form[data-draft]")) follow(form);
  document.addEventListener("submit", sending, true);
  window.addEventListener("pageshow", (event) => event.persisted && drop(sessionStorage, SENT));
}

function follow(form) {
  const key = keyOf(form);
  const kept = read(localStorage, key);
  if (kept && differs(form, kept.values)) offer(form, key, kept.values);
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(form, key), PAUSE_MS);
  });
  form.addEventListener("change", () => keep(form, key));
}

function keyOf(form) {
  const place = [...document.querySelectorAll("form[data-draft]")].indexOf(form);
  return PREFIX + location.pathname + location.search + "#" + place;
}

function keep(form, key) {
  write(localStorage, key, { at: Date.now(), values: valuesOf(form) });
}

// Never passwords or files; hidden fields (tokens, keys) only where the form asks for it.
function controls(form) {
  return [...form.elements].filter(
    (control) =>
      control.name &&
      !["password", "file", "submit", "button"].includes(control.type) &&
      (control.type !== "hidden" || "draftKept" in control.dataset),
  );
}

function ticked(control) {
  return control.type === "checkbox" || control.type === "radio";
}

function nameOf(control) {
  return ticked(control) ? control.name + "=" + control.value : control.name;
}

function valuesOf(form) {
  return Object.fromEntries(
    controls(form).map((control) => [nameOf(control), ticked(control) ? control.checked : control.value]),
  );
}

function differs(form, values) {
  const there = valuesOf(form);
  return Object.entries(values).some(([name, value]) => name in there && there[name] !== value);
}

function offer(form, key, values) {
  const note = document.getElementById("draft-note").content.firstElementChild.cloneNode(true);
  note.querySelector("[data-draft-restore]").onclick = () => {
    restore(form, values);
    note.remove();
    controls(form).find((control) => control.type !== "hidden")?.focus();
  };
  note.querySelector("[data-draft-drop]").onclick = () => {
    drop(localStorage, key);
    note.remove();
  };
  form.before(note);
}

function restore(form, values) {
  for (const control of controls(form)) {
    const value = values[nameOf(control)];
    if (value === undefined) continue;
    if (ticked(control)) control.checked = value;
    else control.value = value;
  }
  for (const folded of form.querySelectorAll("details")) folded.open = true;
}

function sending(event) {
  const form = event.target;
  if (form.action.endsWith("/dang-xuat")) {
    forget(() => true); // the next person is somebody else
    // The pages kept by offline-page.js; entries that wait stay.
    window.caches?.keys().then((names) => names.forEach((name) => caches.delete(name)), () => {});
  }
  if (!("draft" in form.dataset)) return;
  keep(form, keyOf(form));
  if (!navigator.onLine) {
    event.preventDefault();
    event.stopPropagation();
    say(form);
    return;
  }
  write(sessionStorage, SENT, { key: keyOf(form), path: location.pathname });
}

function say(form) {
  form.querySelector("[data-offline-note]")?.remove();
  form.append(document.getElementById("offline-note").content.firstElementChild.cloneNode(true));
}

// The answer to what this tab sent: accepted when it says so, or when it led on to another page.
function settle() {
  const sent = read(sessionStorage, SENT);
  drop(sessionStorage, SENT);
  if (sent && accepted(sent)) drop(localStorage, sent.key);
}

function accepted(sent) {
  if (document.querySelector("main .notice.good")) return true;
  const from = document.referrer && new URL(document.referrer).pathname;
  const ledOn = from === sent.path && location.pathname !== sent.path;
  return ledOn && !document.querySelector("input[type=password]"); // asked to sign in again
}

function forgetOld() {
  forget((key) => !(Date.now() - read(localStorage, key)?.at < LONGEST_MS));
}

function forget(which) {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    for (const key of keys.filter(which)) localStorage.removeItem(key);
  } catch {
    // no storage, no drafts
  }
}

// Storage may be forbidden or full: then there are no drafts, and nothing else changes.
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    drop(storage, key);
  }
}

function drop(storage, key) {
  try {
    storage.removeItem(key);
  } catch {
    // nothing was kept
  }
}
