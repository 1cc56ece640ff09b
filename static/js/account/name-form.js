// The form that changes the display name, opened in its row.

import { AuthError } from "../auth-client/index.js";
import { notify } from "./notices.js";
import { action, fill, setBusy, slot } from "./slots.js";

/** @param {HTMLElement} row @param {Profile} profile @param {Call} call @param {(profile: Profile) => void} onSaved */
export function setUpNameForm(row, profile, call, onSaved) {
  const form = /** @type {HTMLFormElement} */ (slot(row, "name-form"));
  const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("display_name"));
  const save = /** @type {HTMLButtonElement} */ (slot(row, "name-save"));
  const error = slot(row, "name-error");
  const open = action(row, "edit-name");

  /** @param {boolean} editing */
  function toggle(editing) {
    form.hidden = !editing;
    open.hidden = editing;
    open.ariaExpanded = String(editing);
    explain("");
    input.value = profile.display_name;
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
      profile = await call("PATCH", "profile", { display_name: input.value.trim() });
      fill(row, { "display-name": profile.display_name });
      toggle(false);
      notify("good", "Your name is saved.");
      onSaved(profile);
    } catch (problem) {
      const field = problem instanceof AuthError && problem.problem.fields?.display_name;
      explain(field || (problem instanceof Error ? problem.message : ""));
      input.focus();
    }
    setBusy(save, false);
  }

  open.addEventListener("click", () => toggle(true));
  action(row, "cancel-name").addEventListener("click", () => toggle(false));
  form.addEventListener("keydown", ({ key }) => key === "Escape" && toggle(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!save.disabled) void send();
  });
}
