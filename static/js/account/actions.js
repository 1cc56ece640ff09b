// What the Overview's buttons do: loaded when the first one is pressed.

import { setBusy } from "./buttons.js";
import { openNameForm } from "./name-form.js";
import { notify, notifyFailure } from "./notices.js";
import { countOthers } from "./session-list.js";
import { byId, slot } from "./slots.js";

/** @type {Act} */
export async function act(button, profile, call, onSaved) {
  switch (button.dataset.action) {
    case "edit-name": return openNameForm(button, profile, call, onSaved);
    case "end-session": return perform(button, () => endSession(button, call));
    case "end-others": return perform(button, () => endOthers(call));
  }
}

/** @param {HTMLButtonElement} button @param {() => Promise<string>} work returns what to say when it is done */
async function perform(button, work) {
  setBusy(button, true);
  try {
    notify("good", await work());
    countOthers(byId("view"));
    byId("sessions-heading").focus();
  } catch (error) {
    notifyFailure(error);
  }
  setBusy(button, false);
}

/** @param {HTMLButtonElement} button @param {Call} call */
async function endSession(button, call) {
  const row = /** @type {HTMLElement} */ (button.closest("[data-session-id]"));
  const device = slot(row, "device").textContent;
  await call("DELETE", `sessions/${encodeURIComponent(row.dataset.sessionId ?? "")}`).catch(forgiveMissing);
  row.remove();
  return `${device} is signed out.`;
}

/** @param {Call} call */
async function endOthers(call) {
  const { ended } = await call("DELETE", "sessions");
  for (const button of byId("view").querySelectorAll("[data-action=end-session]")) button.closest("li")?.remove();
  return ended === 1 ? "1 other device is signed out." : `${ended} other devices are signed out.`;
}

/** @param {any} error an AuthError; a session that has ended meanwhile is what was wanted */
function forgiveMissing(error) {
  if (error.problem?.status !== 404) throw error;
}
