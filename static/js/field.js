// Entries in the field: kept on this device first, sent once by their key, forgotten only after
// the server said that it has them. Without this the page's forms are plain ones.
import { keepPage } from "./offline-page.js";
import { askToStay, newKey, queueOf } from "./offline-queue.js";

const NAME = "field";
const box = document.querySelector("[data-field-queue]");
const queue = queueOf(box, { name: NAME, line, sent: (_entry, answer) => answer.warnings.forEach(warn) });
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
choose(new URLSearchParams(location.search).get("lo")); // the kept page knows of no choice
keepPage(box.dataset.worker, NAME);
queue.show().then(queue.soon, () => {}); // no storage: plain forms

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
    await queue.keep(entry);
  } catch {
    form.submit(); // nowhere to keep it: as if there were no script
    return;
  }
  askToStay();
  const lot = form.elements.lot.value;
  delete form.dataset.key;
  mending = null;
  form.reset();
  choose(lot);
  form.closest("details").open = false;
  await queue.show("kept");
  box.scrollIntoView({ block: "nearest" });
  queue.soon();
}

// It happened when it was first entered, unless that very time was refused.
function mendedAt(key) {
  return mending?.key === key && !mending.wrongTime ? mending.at : null;
}

function addOldPhotos(entry) {
  if (entry.values.some(([, value]) => value instanceof Blob)) return;
  entry.values.push(...mending.values.filter(([, value]) => value instanceof Blob));
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
  drop.onclick = () => window.confirm(drop.dataset.ask) && queue.drop(entry.key);
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
