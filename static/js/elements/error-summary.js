// A page that comes back with errors begins at their summary, for ears as well as for eyes.

/** @param {ParentNode} root */
export function focusErrorSummary(root) {
  /** @type {HTMLElement | null} */ (root.querySelector(".error-summary"))?.focus();
}
