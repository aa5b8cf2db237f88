// A form is sent once: its buttons rest after the first press.

const REST_MS = 8000; // a download or a lost line must not leave the page dead

/** Lock the buttons of a sent form, free them when the page is shown again. */
export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    // Later, so that the pressed button's own name and value are still sent.
    setTimeout(() => lock(form, true));
    setTimeout(() => lock(form, false), REST_MS);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) lock(form, false);
  });
}

function lock(form, locked) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (locked && !button.disabled) {
      button.dataset.resting = "";
      button.disabled = true;
    } else if (!locked && "resting" in button.dataset) {
      delete button.dataset.resting;
      button.disabled = false;
    }
  }
}
