// The one client of this page, and its state for React. The token stays inside of the client.

import { useSyncExternalStore } from "react";
import { createAuthClient } from "../../../static/js/auth-client/index.js";

/* global LATCHKEY */
export const client = createAuthClient({ baseUrl: LATCHKEY });

// starting, signed-out, signed-in or unreachable
let state = "starting";
const listeners = new Set();

function become(next) {
  state = next;
  for (const listener of listeners) listener();
}

client.onChange(({ type }) => {
  if (type === "account-changed") location.reload();
  // A session that Latchkey's own pages have bound to their key is of no use here; signing in begins another.
  else if (type === "unproven") become("signed-out");
  else if (type !== "delayed") become(client.claims().signedIn ? "signed-in" : "signed-out");
});

/** Takes a token through the refresh cookie: whoever was signed in before a reload still is. */
export async function start() {
  become("starting");
  try {
    become((await client.start()) ? "signed-in" : "signed-out");
  } catch {
    if (state === "starting") become("unreachable");
  }
}

export const useSession = () => useSyncExternalStore(
  (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  () => state,
);

start();
