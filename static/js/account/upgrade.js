// Loads the custom elements that a part of the page uses: <copy-field> is CopyField in elements/copy-field.js.

import { loaded } from "../auth-client/index.js";

/** @param {ParentNode} root */
export async function upgrade(root) {
  const names = new Set([...root.querySelectorAll(":not(:defined)")].map(({ localName }) => localName));
  await Promise.all([...names].map(async (name) => {
    const [element] = Object.values(await loaded(import(`../elements/${name}.js`)));
    if (!customElements.get(name)) customElements.define(name, element);
  }));
}
