// Clones the page's templates and fills their slots with text.

/** @param {string} id */
export function byId(id) {
  return find(document, `#${id}`);
}

/** @param {string} id */
export function cloneOf(id) {
  const { content } = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {DocumentFragment} */ (content.cloneNode(true));
}

/** @param {ParentNode} root @param {string} name */
export function slot(root, name) {
  return find(root, `[data-slot="${name}"]`);
}

/** @param {ParentNode} root @param {string} name */
export function action(root, name) {
  return /** @type {HTMLButtonElement} */ (find(root, `[data-action="${name}"]`));
}

/** @param {ParentNode} root @param {Record<string, string>} texts by slot */
export function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) slot(root, name).textContent = text;
}

/** @param {HTMLButtonElement} button @param {boolean} busy */
export function setBusy(button, busy) {
  button.disabled = busy;
  button.setAttribute("aria-busy", String(busy));
}

/** @param {ParentNode} root @param {string} selector */
function find(root, selector) {
  const element = root.querySelector(selector);
  if (element === null) throw new Error(`The page has no ${selector}`);
  return /** @type {HTMLElement} */ (element);
}
