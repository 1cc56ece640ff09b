// Whoever is signed in is met when their first call is made: a page that is only read takes no token.

import { meet } from "../guide/meet.js";

/** @type {Promise<AuthClient> | null} */
let met = null;

/** @type {MeetOnce} */
export const meetOnce = (who) => {
  met ??= meet(who);
  // Whoever could not be met now may be met the next time.
  met.catch(() => (met = null));
  return met;
};
