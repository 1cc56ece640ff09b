// Asks who it is before something sensitive: the password, with a code where one is due, or a passkey.

import { AuthError, failure, loaded } from "../auth-client/index.js";
import { explain, valuesOf } from "./forms.js";
import { byId, slot } from "./slots.js";
import { upgrade } from "./upgrade.js";

const dialog = /** @type {HTMLDialogElement} */ (byId("proof-dialog"));
const form = /** @type {HTMLFormElement} */ (byId("proof-form"));
/** @type {Promise<void> | null} */
let asking = null;

/** Resolves when the proof is given, rejects without words when the person would rather not. @type {(send: Call) => Promise<void>} */
export const askForProof = (send) => asking ??= ask(send).finally(() => (asking = null));

/** @param {Call} send */
async function ask(send) {
  const { methods, needs_code: needsCode } = await send("GET", "proof");
  const hasPassword = methods.includes("password");
  const passkey = slot(form, "use-passkey");
  passkey.hidden = !methods.includes("passkey") || !("PublicKeyCredential" in window);
  slot(form, "by-password").hidden = slot(form, "confirm").hidden = !hasPassword;
  slot(form, "by-code").hidden = !needsCode;
  form.reset();
  explain(form, null);
  await upgrade(form);

  await new Promise((resolve, reject) => {
    const ceremony = new AbortController();
    /** @param {() => Promise<object>} given */
    const prove = async (given) => {
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      explain(form, null);
      try {
        await send("POST", "proof", await given());
        resolve(null);
        dialog.close();
      } catch (error) {
        explain(form, error instanceof AuthError ? error : failure("", "That did not work. Try again."));
      }
      form.ariaBusy = "false";
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      void prove(async () => valuesOf(form));
    };
    passkey.onclick = () => prove(async () => {
      const { options } = await send("POST", "proof/options");
      const { usePasskey } = await loaded(import("../passkeys/ceremony.js"));
      const credential = await usePasskey(options, { signal: ceremony.signal }).catch(() => {
        throw failure("no_passkey", "No passkey was used. Try again, or give your password.");
      });
      return { credential };
    });
    slot(form, "cancel").onclick = () => dialog.close();
    // Escape too; the browser gives the focus back.
    dialog.onclose = () => {
      ceremony.abort();
      form.reset();
      reject(failure("not_proved", ""));
    };
    dialog.showModal();
    (hasPassword ? byId("proof-password") : passkey).focus();
  });
}
