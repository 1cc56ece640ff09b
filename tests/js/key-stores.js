// Where an origin keeps its key, without IndexedDB. tests/browser shows the real one.

/** One key for all tabs of a browser; the first one kept wins. */
export class KeyShelf {
  kept = null;

  async take(held) {
    const made = this.kept ?? held ?? await makeKey();
    this.kept ??= made;
    return this.kept;
  }

  async drop() {
    this.kept = null;
  }
}

/** A private window that offers none. */
export const NO_KEYS = {
  take: () => Promise.reject(new DOMException("No", "InvalidStateError")),
  drop: () => Promise.reject(new DOMException("No", "InvalidStateError")),
};

function makeKey() {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}
