// As much of an element as the small enhancements touch, for tests outside a browser.

export class Element extends EventTarget {
  hidden = false;
  textContent = "";
  dataset = {};
  attributes = new Map();
  parts = new Map();

  constructor(properties = {}) {
    super();
    Object.assign(this, properties);
  }

  querySelector(selector) {
    return this.parts.get(selector) ?? null;
  }

  querySelectorAll(selector) {
    return this.parts.get(selector) ?? [];
  }

  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.attributes.set(name, value);
  }

  removeAttribute(name) {
    this.attributes.delete(name);
    if (name === "hidden") this.hidden = false;
  }

  fire(type, properties = {}) {
    const event = Object.assign(new Event(type, { cancelable: true }), properties);
    this.dispatchEvent(event);
    return event;
  }
}

globalThis.HTMLElement = Element;
