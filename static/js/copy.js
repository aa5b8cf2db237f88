// Buttons with data-copy="text" put the text on the clipboard and say so (data-copied).

const SAID_MS = 2500;

/** Show the buttons, which pages without scripts keep hidden, and serve them. */
export function start() {
  reveal(document);
  document.addEventListener("refreshed", (event) => reveal(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (button && (await copy(button.dataset.copy))) say(button);
  });
}

function reveal(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // plain http in the village network, old WebViews
  }
}

function copyBySelection(text) {
  const box = document.createElement("textarea");
  box.value = text;
  box.readOnly = true;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  return copied;
}

function say(button) {
  if (!button.dataset.copied || button.dataset.label) return;
  button.dataset.label = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }, SAID_MS);
}
