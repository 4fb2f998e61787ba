// The scope step: counts what is ticked as it is ticked, asks before unsaved choices are left, and
// searches the directory for the kind of a row of the mapping.
// Without it the page says what is saved, and the buttons save it.
(() => {
  "use strict";
  const form = document.getElementById("step-form");
  const count = form && form.querySelector("[data-selected]");
  if (!count) {
    return;
  }
  const ticks = [...form.querySelectorAll("input[name=item]")];
  const ticked = () => ticks.filter((tick) => tick.checked).length;
  const elsewhere = Number(count.dataset.selected) - ticks.filter((tick) => tick.defaultChecked).length;
  const said = count.textContent;

  const choices = () => {
    const data = new FormData(form);
    // What is typed to search is no choice.
    data.delete("q");
    data.delete("type");
    return new URLSearchParams(data).toString();
  };
  // A page that came back shows what was entered, and nothing of it is saved.
  const saved = form.hasAttribute("data-unsaved") ? null : choices();
  const isSelectionSaved = () => ticks.every((tick) => tick.checked === tick.defaultChecked);

  form.addEventListener("change", () => {
    const selected = elsewhere + ticked();
    count.textContent = isSelectionSaved()
      ? said
      : `${selected} of ${count.dataset.total} selected, not saved yet.`;
  });

  form.addEventListener("htmx:configRequest", (event) => {
    const field = event.target;
    if (!field.hasAttribute("data-map-search")) {
      return;
    }
    const kind = field.closest("[data-map-row]").querySelector("[name$=-kind]").value;
    if (!kind || field.value.trim().length < 2) {
      event.preventDefault();
      return;
    }
    event.detail.parameters = { kind, q: field.value };
  });

  let isSending = false;
  form.addEventListener("submit", () => {
    isSending = true;
  });
  window.addEventListener("pageshow", () => {
    isSending = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSending && choices() !== saved) {
      event.preventDefault();
    }
  });
})();
