// data-press="x": pressing x, outside of what one types into, clicks a button or link, or goes
// into a field. For people who work off a list all day; everything can be done without.

/** Serve the keys of this page. */
export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const found = document.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
    if (!found) return;
    event.preventDefault();
    if (found.matches("input, select, textarea")) found.focus();
    else found.click();
  });
}
