// "This wasn’t me": what will happen, a new password, and then the factors to look through.

import { byId, cloneOf, fill, showRows, slot } from "./slots.js";
import { upgrade } from "./upgrade.js";

/** @type {Act} */
export const begin = async (button) => {
  const row = /** @type {HTMLElement} */ (button.closest("[data-id]"));
  const root = cloneOf("clean-up-template");
  fill(root, { sentence: slot(row, "sentence").textContent });
  await put(root);
  byId("clean-up").focus();
  byId("clean-up").scrollIntoView();
};

/** @type {Act} */
export const leave = async () => {
  slot(byId("view"), "clean-up").replaceChildren();
  byId("events").focus();
};

/** @type {Send} */
export const secure = async (_form, { call, refresh }, { password }) => {
  const { sessions, devices, recovery_codes: codes, factors } = await call("POST", "not-me", { password });
  await refresh();
  const root = cloneOf("secured-template");
  const ended = sessions ? `${count(sessions, "other device")} signed out` : "No other device was signed in";
  const known = devices ? `${count(devices, "browser")} forgotten` : "no browser was known";
  const words = `${ended}, ${known}, and your password is new.`;
  /** @type {{ kind: string }[]} */
  const left = factors;
  const passkeys = left.some(({ kind }) => kind === "passkey");
  fill(root, { words, factors, codes, passkeys });
  showRows(slot(root, "review"), "review-template", factors);
  await put(root);
  byId("secured").focus();
};

/** @param {DocumentFragment} root */
async function put(root) {
  const place = slot(byId("view"), "clean-up");
  place.replaceChildren(root);
  await upgrade(place);
}

/** @param {number} number @param {string} noun */
const count = (number, noun) => (number === 1 ? `1 ${noun} is` : `${number} ${noun}s are`);
