// The key that binds a session to this browser, readable by no script.

import { within } from "./waiting.js";

const NAME = "latchkey";
const PATIENCE = 3_000;

/** @type {KeyStore} */
export const browserKeys = {
  // Of two tabs at once, the second takes the first one's.
  take: async (held) => await keep(held) ?? /** @type {CryptoKeyPair} */ (await keep(await makeKey())),
  drop: () => inStore((store) => answerOf(store.delete(NAME))),
};

/** @type {CreateKeyring} */
export const createKeyring = ({ keys, timers }, isBound) => {
  let isUsable = isBound;
  const late = new Error("late");
  return {
    async take(held) {
      if (!isUsable) return held;
      // Some private windows refuse for good; a busy browser is asked again.
      return within(timers, PATIENCE, late, [], () => keys.take(held)).catch((error) => {
        isUsable = held !== null || error === late;
        return held;
      });
    },
    drop() {
      if (isBound) keys.drop().catch(() => {});
    },
  };
};

const makeKey = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);

/** @type {KeepKey} */
const keep = (candidate) => inStore(async (store) => {
  const kept = await answerOf(store.get(NAME));
  if (kept?.privateKey?.extractable === false) return kept;
  if (candidate) await answerOf(store.put(candidate, NAME));
  return candidate;
});

/** @type {InStore} */
const inStore = async (work) => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(NAME);
  const database = await answerOf(opening);
  try {
    const change = database.transaction(NAME, "readwrite", { durability: "strict" });
    const written = new Promise((resolve, reject) => {
      change.oncomplete = resolve;
      change.onabort = () => reject(change.error);
    });
    return (await Promise.all([work(change.objectStore(NAME)), written]))[0];
  } finally {
    database.close();
  }
};

/** @type {AnswerOf} */
const answerOf = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
