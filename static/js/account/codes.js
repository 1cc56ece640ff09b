// Recovery codes: shown once, to copy, download or print.

import { offerFile } from "./files.js";
import { byId, cloneOf, showRows, slot } from "./slots.js";

/** @type {Act} */
export const make = async (_button, context) => {
  const { recovery_codes: codes } = await context.call("POST", "factors/recovery-codes");
  return showWhatCame("These are your recovery codes. The earlier ones no longer work.", codes, context);
};

/**
 * What a change is said to have done, and the codes that came with it: null unless it was the first factor.
 *
 * @param {string} said @param {string[] | null} codes @param {Context} context @returns {Promise<string | void>}
 */
export async function showWhatCame(said, codes, { refresh }) {
  if (!codes) return said;
  await refresh();
  showCodes(said, codes);
}

/** Beside the codes and not in the bar, which would lie over them. @param {string} said @param {string[]} codes */
function showCodes(said, codes) {
  const root = cloneOf("codes-template");
  showRows(slot(root, "codes"), "code-template", codes.map((code, place) => ({ id: String(place), code })));
  const view = byId("view");
  slot(view, "new-codes").replaceChildren(root);
  for (const each of view.querySelectorAll("[data-before=codes]")) each.remove();
  slot(view, "said").textContent = said;
  byId("new-codes").focus();
  byId("codes").scrollIntoView();
}

/** @type {Act} */
export const copy = async () => {
  await navigator.clipboard.writeText(textOfCodes());
  slot(byId("new-codes"), "copied").textContent = "The codes are copied.";
};

/** @type {Act} */
export const download = async () => offerFile("recovery-codes.txt", "text/plain", textOfCodes());

/** @type {Act} */
export const print = async () => window.print();

/** @type {Act} */
export const done = async (_button, { refresh }) => refresh("codes");

const textOfCodes = () => (
  [...byId("new-codes").querySelectorAll("code")].map(({ textContent }) => `${textContent}\n`).join("")
);
