// Meets whoever is signed in: takes a token as any page of theirs does, and leaves when the page is theirs no longer.

import { AuthError, createAuthClient } from "../auth-client/index.js";

// Another tab's sign-out must reach the server first.
const HEAD_START = 1_500;
const UNCONFIRMED = "Your sign-in could not be renewed in this browser: open your account to confirm it is you.";

/** @type {Meet} */
export const meet = async ({ accountId, bindsAt }, hasToken = () => {}) => {
  const client = createAuthClient({ baseUrl: location.origin, bound: bindsAt === location.origin });
  const isTheirs = () => client.claims().claims?.sub === accountId;
  try {
    if (!(await client.start())) throw new Error(UNCONFIRMED);
    if (!isTheirs()) throw new Error("Somebody else has signed in in this browser. Reload the page.");
  } catch (error) {
    client.stop();
    throw error instanceof AuthError && error.problem.status ? new Error(UNCONFIRMED) : error;
  }
  let isLeaving = false;
  client.onChange(({ type }) => {
    // The page is another's then, or nobody's.
    const isOver = !["signed-in", "renewed", "delayed"].includes(type);
    if (isOver && !isLeaving) setTimeout(() => location.reload(), HEAD_START);
    else if (!isOver && isTheirs()) hasToken(client);
  });
  document.getElementById("sign-out-form")?.addEventListener("submit", () => {
    isLeaving = true;
    client.announceSignOut();
  });
  hasToken(client);
  return client;
};
