// What an answer of this server says, for whoever watches a call.

import { codeIn, objectIn } from "../auth-client/api-answer.js";

/** As a stranger would call: without a cookie, and past every cache. */
export const ALONE = /** @type {RequestInit} */ ({ credentials: "omit", cache: "no-store" });

/** @type {Answered} */
export const answered = async (response, method = "GET") => {
  const { pathname, search } = new URL(response.url);
  const told = { request: `${method} ${pathname}${search}`, status: response.status, code: codeIn(response) };
  return { body: await objectIn(response), told };
};

/** @type {AsReader} */
export const asReader = async (reader, path) => answered(await (await reader()).client.fetch(path));

/** @param {Record<string, any>} body */
export const saidIn = (body) => String(body.message ?? body.detail ?? "");

/** The sentence of a refusal that was to be shown, or that it was another answer. @type {RefusedWith} */
export const refusedWith = ({ body, told }, ...codes) => (
  codes.includes(String(told.code)) ? saidIn(body) : `The server answered ${told.status}, which this page did not expect.`
);
