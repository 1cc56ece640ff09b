// Security: name, address and password, second factors, and the way out. What the buttons do is loaded with a press.

import { cloneOf, fill, showRows, slot } from "./slots.js";

/** @type {LoadView<SecurityData>} */
export const load = async ({ call }) => {
  const [profile, factors] = await Promise.all([call("GET", "profile"), call("GET", "factors")]);
  return { profile, factors };
};

/** @type {ShowView<SecurityData>} */
export const show = ({ profile, factors: { totp, passkeys, recovery_codes: { left } } }) => {
  const root = cloneOf("security-template");
  fill(root, {
    ...profile, passkeys, totp, left,
    factors: [...totp, ...passkeys],
    resend: profile.email && !profile.email_verified && !profile.pending_email,
    able: "PublicKeyCredential" in window,
  });
  const kept = passkeys.map((each) => ({ ...each, kept: !each.synced }));
  showRows(slot(root, "passkey-rows"), "factor-template", kept);
  showRows(slot(root, "totp-rows"), "factor-template", totp.map((each) => ({ ...each, synced: false, kept: false })));
  return root;
};
