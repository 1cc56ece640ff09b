// Loaded by the pages on which a passkey can stand in for what is asked.

import { PasskeySignIn } from "../elements/passkey-sign-in.js";

customElements.define("passkey-sign-in", PasskeySignIn);
