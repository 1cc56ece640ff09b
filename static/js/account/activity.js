// Activity: the person's own trail in sentences, newest first.

import { byId, cloneOf, fill, showRows, slot } from "./slots.js";

const STATES = { good: "done", info: "none", warning: "todo" };
// Whoever took the account over has signed in; what they did afterwards, the clean-up sets right as well.
const SIGN_INS = ["login.succeeded", "device.first_seen"];

/** @type {LoadView<ActivityData>} */
export const load = ({ call }) => call("GET", "activity");

/** @type {ShowView<ActivityData>} */
export const show = (page) => {
  const root = cloneOf("activity-template");
  append(root, page);
  return root;
};

/** @type {Act} */
export const showEarlier = async (button, { call }) => {
  const view = byId("view");
  const last = slot(view, "list").lastElementChild;
  append(view, await call("GET", `activity?cursor=${encodeURIComponent(button.dataset.cursor ?? "")}`));
  // The first of those that came; the button may be gone.
  /** @type {HTMLElement | null | undefined} */ (last?.nextElementSibling)?.focus();
};

/** @param {ParentNode} root @param {ActivityData} page */
function append(root, { events, next }) {
  const list = slot(root, "list");
  showRows(list, "event-template", events.map((each) => ({ ...each, "sign-in": SIGN_INS.includes(each.name) })));
  events.forEach(({ kind }, place) => {
    const row = /** @type {HTMLElement} */ (list.children[list.children.length - events.length + place]);
    row.dataset.state = STATES[kind];
  });
  fill(root, { next, events: [...list.children] });
  slot(root, "show-earlier").dataset.cursor = next ?? "";
}
