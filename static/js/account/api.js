// Calls of the account area: JSON in, JSON out, refusals thrown.

import { AuthError, loaded, problemIn, unreachable } from "../auth-client/index.js";

/** @type {CreateCall} */
export const createCall = (client) => {
  /** @type {Call} */
  const send = async (method, path, body) => {
    const init = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await client.fetch(`/api/v1/${path}`, { method, ...init }).catch((error) => {
      throw error instanceof AuthError ? error : unreachable();
    });
    if (!response.ok) throw new AuthError(await problemIn(response));
    return response.status === 204 ? null : response.json();
  };

  return (method, path, body) => send(method, path, body).catch(async (error) => {
    if (error.code !== "insufficient_user_authentication") throw error;
    const { askForProof } = await loaded(import("./proof-dialog.js"));
    await askForProof(send);
    return send(method, path, body);
  });
};
