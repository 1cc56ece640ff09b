// The row that a button or form stands in.

import { slot } from "./slots.js";

/** @type {RowOf} its item's id, fit for an address, and its name */
export const rowOf = (element) => {
  const row = /** @type {HTMLElement} */ (element.closest("[data-id]"));
  return { id: encodeURIComponent(row.dataset.id ?? ""), name: slot(row, "name").textContent ?? "" };
};
