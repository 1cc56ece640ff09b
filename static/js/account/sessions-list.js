// Rows of sessions.

import { showRows, slot } from "./slots.js";

/** @type {Record<string, string>} RFC 8176 */
const METHODS = { pwd: "a password", otp: "a code", hwk: "a passkey", swk: "a passkey" };

/** @type {MethodsInWords} */
export const methodsInWords = ({ methods }) => {
  const words = new Set(methods.flatMap((method) => METHODS[method] ?? []));
  return words.size > 0 ? `signed in with ${[...words].join(" and ")}` : "signed in";
};

/** This device first. @type {ShowSessions} */
export const showSessions = (root, sessions, most) => {
  const thisFirst = sessions.toSorted((one, other) => +other.current - +one.current);
  const rows = thisFirst.map((each) => ({ ...each, name: each.device, method: methodsInWords(each) }));
  showRows(slot(root, "sessions"), "session-template", rows.slice(0, most));
};
