// The form that changes the display name, opened in its row.

import { AuthError } from "../auth-client/index.js";
import { setBusy } from "./buttons.js";
import { notify } from "./notices.js";
import { action, fill, slot } from "./slots.js";

/** @type {Act} */
export function openNameForm(open, profile, call, onSaved) {
  const row = /** @type {HTMLElement} */ (open.closest("[data-slot=name-row]"));
  const form = /** @type {HTMLFormElement} */ (slot(row, "name-form"));
  const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("display_name"));
  const save = /** @type {HTMLButtonElement} */ (slot(row, "name-save"));
  const error = slot(row, "name-error");

  /** @param {boolean} editing */
  function toggle(editing) {
    form.hidden = !editing;
    open.hidden = editing;
    open.ariaExpanded = String(editing);
    explain("");
    if (editing) input.select();
    else open.focus();
  }

  /** @param {string} message */
  function explain(message) {
    error.textContent = message;
    error.hidden = !message;
    input.ariaInvalid = String(message !== "");
  }

  async function send() {
    setBusy(save, true);
    try {
      const saved = await call("PATCH", "profile", { display_name: input.value.trim() });
      Object.assign(profile, saved);
      fill(row, { "display-name": saved.display_name });
      toggle(false);
      notify("good", "Your name is saved.");
      onSaved(saved);
    } catch (problem) {
      const field = problem instanceof AuthError && problem.problem.fields?.display_name;
      explain(field || (problem instanceof Error ? problem.message : ""));
      input.focus();
    }
    setBusy(save, false);
  }

  // Set anew each time the form is opened, so that none is there twice.
  action(row, "cancel-name").onclick = () => toggle(false);
  form.onkeydown = ({ key }) => {
    if (key === "Escape") toggle(false);
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!save.disabled) void send();
  };
  input.value = profile.display_name;
  toggle(true);
}
