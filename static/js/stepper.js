// Plus and minus beside a quantity; without a script the number is typed.
export function start() {
  for (const row of document.querySelectorAll("[data-stepper]")) {
    const input = row.querySelector("input");
    for (const button of row.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const now = Number(input.value.replace(",", ".")) || 0;
        const next = Math.max(0, Math.round((now + Number(button.dataset.step)) * 1000) / 1000);
        input.value = next ? String(next) : "";
      });
    }
  }
}
