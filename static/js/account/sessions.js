// Signs devices out, and forgets browsers.

import { rowOf } from "./rows.js";

/** @type {Act} */
export const end = async (button, { call }) => {
  const { id, name } = rowOf(button);
  await call("DELETE", `sessions/${id}`).catch(forgiveMissing);
  return `${name} is signed out.`;
};

/** @type {Act} */
export const endOthers = async (_button, { call }) => {
  const { ended } = await call("DELETE", "sessions");
  return ended === 1 ? "1 other device is signed out." : `${ended} other devices are signed out.`;
};

/** @type {Act} */
export const forget = async (button, { call }) => {
  const { id, name } = rowOf(button);
  await call("DELETE", `devices/${id}`).catch(forgiveMissing);
  return `${name} is forgotten.`;
};

/** @type {Act} */
export const endTrust = async (button, { call }) => {
  const { id, name } = rowOf(button);
  await call("DELETE", `devices/${id}/trust`).catch(forgiveMissing);
  return `${name} is asked for a code again.`;
};

/** @param {any} error an AuthError; what has ended meanwhile is as it was wanted */
function forgiveMissing(error) {
  if (error.problem?.status !== 404) throw error;
}
