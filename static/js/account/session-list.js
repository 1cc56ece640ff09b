// Where the person is signed in. What its buttons do is in actions.js.

import { showMoment } from "../moments.js";
import { action, cloneOf, fill, slot } from "./slots.js";

/** @type {Record<string, string>} RFC 8176 */
const METHODS = { pwd: "a password", otp: "a code", hwk: "a passkey", swk: "a passkey" };

/** @param {Session} session */
export function methodsInWords({ methods }) {
  const words = new Set(methods.flatMap((method) => METHODS[method] ?? []));
  return words.size > 0 ? `signed in with ${[...words].join(" and ")}` : "signed in";
}

/** @param {DocumentFragment} root @param {Session[]} sessions */
export function showSessions(root, sessions) {
  const thisFirst = [...sessions].sort((one, other) => Number(other.current) - Number(one.current));
  slot(root, "sessions").replaceChildren(...thisFirst.map(rowFor));
  countOthers(root);
}

/** @param {ParentNode} root */
export function countOthers(root) {
  const alone = slot(root, "sessions").querySelector("[data-action=end-session]") === null;
  action(root, "end-others").hidden = alone;
  slot(root, "only-session").hidden = !alone;
}

/** @param {Session} session */
function rowFor(session) {
  const row = slot(cloneOf("session-row-template"), "session-row");
  row.dataset.sessionId = session.id;
  fill(row, { device: session.device, address: session.address, method: methodsInWords(session) });
  showMoment(slot(row, "signed-in-time"), session.created_at);
  showMoment(slot(row, "last-seen-time"), session.last_active_at);
  const button = action(row, "end-session");
  button.ariaLabel = `Sign out ${session.device}`;
  if (session.current) {
    slot(row, "this-device").hidden = false;
    fill(row, { "last-seen": "active now" });
    button.remove();
  }
  return row;
}
