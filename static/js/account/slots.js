// Clones the page's templates and fills their slots with text.

/** @type {FindIn} */
const find = (root, selector) => {
  /** @type {HTMLElement | null} */
  const element = root.querySelector(selector);
  if (element === null) throw new Error(`The page has no ${selector}`);
  return element;
};

/** @type {(id: string) => HTMLElement} */
export const byId = (id) => find(document, `#${id}`);

/** @type {(id: string) => DocumentFragment} */
export const cloneOf = (id) => document.importNode(/** @type {HTMLTemplateElement} */ (byId(id)).content, true);

/** @type {FindIn} */
export const slot = (root, name) => find(root, `[data-slot="${name}"]`);

/** @type {FindIn<HTMLButtonElement>} */
export const action = (root, name) => /** @type {HTMLButtonElement} */ (find(root, `[data-action="${name}"]`));

/** @type {Fill} */
export const fill = (root, texts) => {
  for (const [name, text] of Object.entries(texts)) slot(root, name).textContent = text;
};
