// Renames and removes second factors.

import { rowOf } from "./rows.js";

/** @type {Send} */
export const rename = async (form, { call }, { name = "" }) => {
  await call("PATCH", `factors/${rowOf(form).id}`, { name: name.trim() });
  return "The name is saved.";
};

/** @type {Send} */
export const remove = async (form, { call }) => {
  const { id, name } = rowOf(form);
  await call("DELETE", `factors/${id}`);
  return `${name} is removed, and every other device is signed out.`;
};
