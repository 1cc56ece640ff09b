// Tabs take turns at refreshing. A lock never granted costs a wait.

import { within } from "./waiting.js";

const PATIENCE = 3_000;

/** @type {InTurn} */
export const inTurn = async ({ locks, timers }, task) => {
  let over = () => {};
  const held = new Promise((resolve) => (over = () => resolve(null)));
  await within(timers, PATIENCE, new Error("No turn"), [], (signal) => new Promise((resolve, reject) => {
    const granted = () => {
      resolve(null);
      return held;
    };
    locks.request("latchkey-refresh", { signal }, granted).catch(reject);
  })).catch(() => {});
  return task().finally(over);
};
