// The places of the account area: links lead from view to view without a page load.

import { byId, fill } from "./slots.js";

export const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("a[data-view]")]);

/** The Overview's for an address that names no view. */
export const placeOf = (pathname = location.pathname) => (
  links.find((link) => link.pathname === pathname) ?? /** @type {HTMLAnchorElement} */ (links[0])
);

/** @param {string} words @param {string} who */
export function setHeading(words, who) {
  fill(byId("heading"), { words, who });
  document.title = `${words} ${who}`.trim() + ` · ${document.body.dataset.appName}`;
}

/** False for what is the browser's to follow. @param {MouseEvent} event */
export function follow(event) {
  const link = /** @type {Element} */ (event.target).closest("a");
  const isPlain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || link.getAttribute("href")?.startsWith("#")) return false;
  if (link.origin !== location.origin || placeOf(link.pathname).pathname !== link.pathname) return false;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, "", link.href);
  return true;
}
