// Meets whoever is signed in when their first call is made: a page that is only read takes no token.

import { AuthError, createAuthClient } from "../auth-client/index.js";

// Another tab's sign-out must reach the server first.
const HEAD_START = 1_500;
const UNCONFIRMED = "Your sign-in could not be renewed in this browser: open your account to confirm it is you.";

/** @type {Promise<AuthClient> | null} */
let met = null;

/** @type {MeetOnce} */
export const meetOnce = (who) => {
  met ??= meet(who);
  // Whoever could not be met now may be met the next time.
  met.catch(() => (met = null));
  return met;
};

/** @type {MeetOnce} */
async function meet({ accountId, bindsAt }) {
  const client = createAuthClient({ baseUrl: location.origin, bound: bindsAt === location.origin });
  try {
    const isConfirmed = await client.start();
    const isTheirs = client.claims().claims?.sub === accountId;
    if (!isConfirmed || !isTheirs) {
      throw new Error(isConfirmed ? "Somebody else has signed in in this browser. Reload the page." : UNCONFIRMED);
    }
  } catch (error) {
    client.stop();
    throw error instanceof AuthError && error.problem.status ? new Error(UNCONFIRMED) : error;
  }
  let isLeaving = false;
  client.onChange(({ type }) => {
    // The page is another's then, or nobody's.
    const isOver = !["signed-in", "renewed", "delayed"].includes(type);
    if (isOver && !isLeaving) setTimeout(() => location.reload(), HEAD_START);
  });
  document.getElementById("sign-out-form")?.addEventListener("submit", () => {
    isLeaving = true;
    client.announceSignOut();
  });
  return client;
}
