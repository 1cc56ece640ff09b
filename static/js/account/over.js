// The session is over here, or this browser cannot renew it: says which, and leads to the sign-in page.

// The other tab's sign-out must reach the server first.
const HEAD_START = 1_500;

/** @type {MeetEnd} */
export const meetEnd = (change, hadToken, place, say) => {
  const leave = (more = "") => location.assign(`/login?next=${place.pathname}${more}`);
  switch (change.type) {
    case "account-changed":
      return location.reload();
    case "signed-out":
      if (change.by === "earlier") return location.reload();
      if (change.by === "here") return;
      say("You are signed out", "You signed out in another tab.", "Sign in", () => leave());
      return void setTimeout(leave, HEAD_START);
    case "ended":
      if (!hadToken) break;
      say("You are signed out", "Your sign-in has ended.", "Sign in", () => leave());
      return leave();
  }
  // A button, not a redirect: with a page session, /login would send us straight back.
  const message = "Your sign-in could not be renewed in this browser.";
  say("Confirm it is you", message, "Sign in", () => leave("&confirm=1"));
};
