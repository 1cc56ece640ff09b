// Calls of the account area: JSON in, JSON out, a refusal thrown with its code and sentence.

import { AuthError, problemIn, unreachable } from "../auth-client/index.js";

/** @type {(client: AuthClient) => Call} */
export const createCall = (client) => async (method, path, body) => {
  const headers = { "Content-Type": "application/json" };
  const init = body ? { method, headers, body: JSON.stringify(body) } : { method };
  const response = await client.fetch(`/api/v1/${path}`, init).catch((error) => {
    throw error instanceof AuthError ? error : unreachable();
  });
  if (!response.ok) throw new AuthError(await problemIn(response));
  return response.status === 204 ? null : response.json();
};
