// Forms and buttons with data-confirm="question" ask before they send.

let asked = null; // the form whose question was just answered yes

/** Listen for every submit on the page, also of parts that are loaded later. */
export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || asked === form) {
      asked = null;
      return;
    }
    event.preventDefault();
    ask(question, event.submitter?.textContent.trim(), () => send(form, event.submitter));
  });
}

// The answer is named as the deed is: “yes” to a question with a “no” in it says nothing.
function ask(question, deed, yes) {
  const dialog = document.getElementById("confirm-dialog");
  if (!dialog?.showModal) {
    if (window.confirm(question)) yes();
    return;
  }
  dialog.querySelector("p").textContent = question;
  const answer = dialog.querySelector("[value=yes]");
  answer.dataset.plain ??= answer.textContent;
  answer.textContent = deed || answer.dataset.plain;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && yes();
  dialog.showModal();
}

function send(form, submitter) {
  asked = form;
  if (form.requestSubmit) form.requestSubmit(submitter);
  else form.submit();
  asked = null; // a form that the browser found invalid asks again
}
