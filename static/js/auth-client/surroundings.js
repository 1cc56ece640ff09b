// What a browser page offers the client.

import { CHANNEL_NAME } from "./tab-channel.js";

/** @returns {Surroundings} */
export function browserSurroundings() {
  return {
    fetch: (request) => fetch(request),
    now: () => Date.now(),
    random: () => Math.random(),
    timers: {
      setTimeout: (task, ms) => setTimeout(task, ms),
      clearTimeout: (handle) => clearTimeout(/** @type {number} */ (handle)),
    },
    locks: navigator.locks ?? null,
    channel: new BroadcastChannel(CHANNEL_NAME),
    events: window,
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === "visible",
    cookies: () => document.cookie,
  };
}
