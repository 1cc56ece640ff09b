// What a browser page offers the client.

import { browserKeys } from "./proof-key.js";

/** @type {() => Surroundings} */
export const browserSurroundings = () => ({
  origin: location.origin,
  keys: browserKeys,
  fetch: (request) => fetch(request),
  now: () => Date.now(),
  random: Math.random,
  timers: window,
  locks: navigator.locks,
  channel: new BroadcastChannel("latchkey-session"),
  events: window,
  isOnline: () => navigator.onLine,
  isVisible: () => document.visibilityState === "visible",
  cookies: () => document.cookie,
});
