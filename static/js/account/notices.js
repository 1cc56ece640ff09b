// Says what happened, in the page's live region, or what went wrong in place of the view.

import { AuthError } from "../auth-client/index.js";
import { action, byId, cloneOf, fill, slot } from "./slots.js";

/** @type {Notify} */
export const notify = (kind, text) => {
  const notice = cloneOf("notice-template");
  slot(notice, "notice").dataset.kind = kind;
  fill(notice, { "notice-text": text });
  byId("notices").replaceChildren(notice);
};

/** @param {unknown} error */
export function notifyFailure(error) {
  notify("danger", error instanceof AuthError ? error.message : "That did not work. Reload the page and try again.");
}

/** @type {ShowProblem} */
export const showProblem = (heading, message, label, press, requestId) => {
  const panel = cloneOf("view-error-template");
  fill(panel, { "error-heading": heading, "error-message": message });
  const button = action(panel, "retry");
  button.textContent = label;
  button.addEventListener("click", press);
  slot(panel, "request-id").hidden = !requestId;
  fill(panel, { "request-id": `Request ${requestId}` });
  showView(panel);
};

/** @param {DocumentFragment} content */
export function showView(content) {
  const view = byId("view");
  view.replaceChildren(content);
  view.ariaBusy = "false";
}
