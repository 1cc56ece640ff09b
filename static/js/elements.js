// Improvements of the server-rendered pages, each complete without them.

import { CopyField } from "./elements/copy-field.js";
import { CopyLines } from "./elements/copy-lines.js";
import { focusErrorSummary } from "./elements/error-summary.js";
import { showLocalTimes } from "./elements/local-times.js";
import { PasswordField } from "./elements/password-field.js";
import { RetryCountdown } from "./elements/retry-countdown.js";
import { submitOnce } from "./elements/submit-once.js";

customElements.define("copy-field", CopyField);
customElements.define("copy-lines", CopyLines);
customElements.define("password-field", PasswordField);
customElements.define("retry-countdown", RetryCountdown);
focusErrorSummary(document);
showLocalTimes(document);
submitOnce(document, window);
