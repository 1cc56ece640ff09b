// Says what happened, in the page's live region.

import { AuthError } from "../auth-client/index.js";
import { byId, cloneOf, fill, slot } from "./slots.js";

const LONG_ENOUGH = 10_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @type {Notify} */
export const notify = (kind, text) => {
  const notice = cloneOf("notice-template");
  slot(notice, "notice").dataset.kind = kind;
  fill(notice, { text });
  const place = byId("notices");
  place.replaceChildren(notice);
  // Fresh codes are never covered: beside them the place stands in the page, perhaps out of sight.
  place.scrollIntoView({ block: "nearest" });
  clearTimeout(timer);
  // The view itself shows what was done.
  if (kind === "good") timer = setTimeout(hush, LONG_ENOUGH);
};

export const hush = () => byId("notices").replaceChildren();

/** @param {unknown} error */
export function notifyFailure(error) {
  if (!(error instanceof AuthError)) console.error(error);
  const text = error instanceof AuthError ? error.message : "That did not work. Reload the page and try again.";
  if (text) notify("danger", text);
}
