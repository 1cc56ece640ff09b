// Meets whoever is signed in: takes a token as any page of theirs does, shows its parts, and keeps them true.

import { AuthError, createAuthClient } from "../auth-client/index.js";
import { waitInWords } from "../elements/wait-words.js";
import { say, showToken } from "./own-token.js";

// Another tab's sign-out must reach the server first.
const HEAD_START = 1_500;

/** @type {MeetReader} */
export const meetReader = async (accountId, bindsAt) => {
  const client = createAuthClient({ baseUrl: location.origin, bound: bindsAt === location.origin });
  let isShown = false;
  let isLeaving = false;
  const show = () => {
    const view = client.claims();
    if (view.claims?.sub !== accountId) return;
    isShown = true;
    showToken(document, view);
  };

  client.onChange(({ type }) => {
    if (type === "renewed" || type === "signed-in") show();
    // Another person, or nobody: this page is made for neither.
    else if (type !== "delayed" && isShown && !isLeaving) setTimeout(() => location.reload(), HEAD_START);
  });
  document.getElementById("sign-out-form")?.addEventListener("submit", () => {
    isLeaving = true;
    client.announceSignOut();
  });
  const tick = () => say(document, "left", waitInWords(Math.ceil(client.claims().renewsInMs / 1000)) || "a moment");
  try {
    if (!(await client.start())) throw new Error(UNCONFIRMED);
    if (!isShown) throw new Error("Somebody else has signed in in this browser. Reload the page.");
  } catch (error) {
    const told = error instanceof AuthError && !error.problem.status ? error.message : UNCONFIRMED;
    say(document, "foot", `This is still a sample. ${told}`);
    throw new Error(told);
  }
  tick();
  setInterval(tick, 1000);
  return { client };
};

const UNCONFIRMED = "Your sign-in could not be renewed in this browser: open your account to confirm it is you.";
