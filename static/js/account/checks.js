// What keeps the account safe, from the most useful step to the least.

const FEW_CODES = 2;
const YEAR = 365 * 86_400_000;

/** @type {ChecksOf} */
export const checksOf = (profile, { totp, passkeys, recovery_codes: { left } }) => {
  const changed = profile.password_changed_at;
  const isOld = Date.now() - Date.parse(changed ?? "") > YEAR;
  const hasFactor = totp.length + passkeys.length > 0;
  return [
    ["email", profile.email_verified ? "done" : "todo"],
    ["codes", !hasFactor ? "none" : left > FEW_CODES ? "done" : "todo"],
    ["passkeys", passkeys.length ? "done" : "todo"],
    ["authenticator", totp.length ? "done" : "none"],
    ["password", !changed ? "none" : isOld ? "todo" : "done"],
  ];
};
