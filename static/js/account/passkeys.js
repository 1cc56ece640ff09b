// Adds a passkey: the browser asks the person, the server checks what it made.

import { failure, loaded } from "../auth-client/index.js";
import { showWhatCame } from "./codes.js";

/** @type {Act} */
export const add = async (_button, context) => {
  const { options } = await context.call("POST", "factors/passkeys/options");
  const { createPasskey } = await loaded(import("../passkeys/ceremony.js"));
  const credential = await createPasskey(options).catch((error) => {
    throw failure("no_passkey", error.name === "InvalidStateError" ? KNOWN : DECLINED);
  });
  const { recovery_codes: codes } = await context.call("POST", "factors/passkeys", { credential });
  return showWhatCame("The passkey is added.", codes, context);
};

const KNOWN = "This device holds a passkey of this account already.";
// Browsers tell a person who declined from one whose device cannot by nothing.
const DECLINED = "No passkey was added. Try again, or use another device.";
