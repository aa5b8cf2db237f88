// The till: notes add up, cash is kept on this phone first and sent once, a code needs signal.
// Without this the page's form is a plain one.
import { keepPage } from "./offline-page.js";
import { askToStay, newKey, queueOf } from "./offline-queue.js";

const box = document.querySelector("[data-till-queue]");
const form = document.querySelector("form[data-till]");
const amount = form.elements.amount_vnd;
const shown = form.querySelector("[data-amount]");
const money = new Intl.NumberFormat("vi-VN");
const queue = queueOf(box, { name: "till", line, sent: refresh });

for (const note of form.querySelectorAll("[data-note]")) {
  note.hidden = false;
  note.onclick = () => put(sum() + Number(note.dataset.note));
}
const thousands = form.querySelector("[data-thousands]");
thousands.hidden = false;
thousands.onclick = () => put(sum() * 1000);
const clear = form.querySelector("[data-clear]");
clear.hidden = false;
clear.onclick = () => put(0);
amount.addEventListener("input", say);
form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "cash") {
    event.preventDefault();
    cash();
  } else if (!navigator.onLine) {
    event.preventDefault();
    const plate = document.getElementById("plate");
    plate?.setAttribute("open", "");
    document.querySelector("[data-no-signal]").hidden = false;
    plate?.scrollIntoView({ block: "start" });
  }
});
say();
keepPage(box.dataset.worker, `till:${location.pathname}`);
queue.show().then(queue.soon, () => {}); // no storage: plain forms

function sum() {
  const digits = amount.value.replace(/\D/g, "");
  return digits ? Number(digits) : 0;
}

function put(vnd) {
  amount.value = vnd ? money.format(Math.min(vnd, 500000000)) : "";
  say();
}

// Read back in large type what the server will read; "45k" it reads itself.
function say() {
  const plain = /^[\d.\s]*$/.test(amount.value);
  shown.textContent = plain && sum() ? `${money.format(sum())} ₫` : "";
}

async function cash() {
  if (!amount.reportValidity()) return;
  const key = form.dataset.key ?? newKey(); // now: a second press finds its own key
  form.dataset.key = key;
  const entry = {
    key,
    url: location.pathname,
    at: new Date().toISOString(),
    who: box.dataset.who,
    values: [
      ["amount_vnd", amount.value],
      ["way", "cash"],
    ],
  };
  try {
    await queue.keep(entry);
  } catch {
    const way = Object.assign(document.createElement("input"), { type: "hidden", name: "way", value: "cash" });
    form.append(way);
    form.submit(); // nowhere to keep it: as if there were no script
    return;
  }
  askToStay();
  delete form.dataset.key;
  put(0);
  document.querySelector("[data-no-signal]").hidden = true;
  await queue.show("kept");
  queue.soon();
}

function line(entry) {
  const row = document.getElementById("till-entry").content.firstElementChild.cloneNode(true);
  const typed = entry.values.find(([name]) => name === "amount_vnd")[1];
  row.querySelector("[data-typed]").textContent = typed;
  row.querySelector("[data-at]").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang, { timeZone: "Asia/Ho_Chi_Minh" });
  if (!entry.refused) return row;
  const why = row.querySelector("[data-why]");
  why.textContent = entry.refused.join(" ");
  why.hidden = false;
  const drop = row.querySelector("[data-drop]");
  drop.hidden = entry.who !== box.dataset.who;
  drop.onclick = () => window.confirm(drop.dataset.ask) && queue.drop(entry.key);
  return row;
}

// The receipts of the day are asked for again once the server has another one.
async function refresh() {
  const today = document.querySelector("[data-today]");
  try {
    const answer = await fetch(today.dataset.today, { headers: { "X-Fragment": "1" } });
    if (answer.ok && !answer.redirected) today.innerHTML = await answer.text();
  } catch {
    // the page asks by itself later
  }
}
