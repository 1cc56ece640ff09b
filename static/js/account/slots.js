// Clones the page's templates and fills them with data.

import { showMoment } from "../moments.js";

/** @type {FindIn} */
const find = (root, selector) => {
  /** @type {HTMLElement | null} */
  const element = root.querySelector(selector);
  if (element === null) throw new Error(`The page has no ${selector}`);
  return element;
};

/** @type {ById} */
export const byId = (id) => find(document, `[id="${id}"]`);

/** @type {CloneOf} */
export const cloneOf = (id) => document.importNode(/** @type {HTMLTemplateElement} */ (byId(id)).content, true);

/** @type {FindIn} */
export const slot = (root, name) => find(root, `[data-slot="${name}"]`);

/** What data-slot and data-if name. @type {Fill} */
export const fill = (root, data) => {
  for (const each of root.querySelectorAll("[data-slot], [data-if]")) {
    const place = /** @type {HTMLInputElement} */ (each);
    const { slot: name = "", if: condition = "" } = place.dataset;
    const fact = condition.replace("!", "");
    if (fact in data) place.hidden = [data[fact]].flat().some(Boolean) === condition.startsWith("!");
    if (!(name in data)) continue;
    if (place.localName === "time") showMoment(place, data[name]);
    else if (place.localName === "input") place.defaultValue = data[name];
    else place.textContent = data[name];
  }
};

/** A row for each item; its ids end with the item's. @type {ShowRows} */
export const showRows = (place, template, items) => {
  for (const item of items) {
    const row = cloneOf(template);
    for (const name of ["id", "for", "aria-controls", "aria-describedby"]) {
      for (const each of row.querySelectorAll(`[${name}]`)) {
        each.setAttribute(name, `${each.getAttribute(name)}-${item.id}`);
      }
    }
    /** @type {HTMLElement} */ (row.firstElementChild).dataset.id = item.id;
    fill(row, item);
    place.append(row);
  }
};
