// The Overview: what would make the account safer, and where you are signed in.

import { greeting } from "../moments.js";
import { checksOf } from "./checks.js";
import { setHeading } from "./places.js";
import { methodsInWords, showSessions } from "./sessions-list.js";
import { byId, cloneOf, fill, slot } from "./slots.js";

/** @type {LoadView<OverviewData>} */
export const load = async ({ call }) => {
  const paths = ["profile", "factors", "sessions"];
  const [profile, factors, { sessions }] = await Promise.all(paths.map((path) => call("GET", path)));
  return { profile, factors, sessions };
};

/** @type {ShowView<OverviewData>} */
export const show = ({ profile, factors, sessions }) => {
  const root = cloneOf("overview-template");
  const { totp, passkeys, recovery_codes: { left } } = factors;
  fill(root, {
    ...profile, left, passkeys, totp, roles: profile.roles.join(", "),
    count: passkeys.length, several: passkeys.length > 1,
    last_used_at: passkeys.map((key) => key.last_used_at ?? "").sort().at(-1),
    alone: sessions.length === 1,
  });
  const checks = checksOf(profile, factors);
  const next = checks.find(([, state]) => state === "todo");
  for (const check of checks) showCheck(root, check, check === next);
  showSessions(root, sessions, 3);
  setHeading(`${greeting(new Date())},`, profile.display_name || profile.username);
  const here = sessions.find(({ current }) => current);
  const subtitle = cloneOf("subtitle-template");
  if (here) fill(subtitle, { ...here, method: methodsInWords(here) });
  byId("subtitle").replaceChildren(subtitle);
  return root;
};

/** The next step stands first, with the primary button. @type {ShowCheck} */
const showCheck = (root, [name, state], isNext) => {
  const row = slot(root, `${name}-check`);
  row.dataset.state = state;
  fill(row, { done: false, todo: false, none: false, [state]: true });
  if (!isNext) return;
  row.parentElement?.prepend(row);
  row.querySelector("a:not([hidden])")?.classList.add("button-primary");
};
