// Improvements of the server-rendered pages, each complete without them.

import { CopyField } from "./elements/copy-field.js";
import { CopyLines } from "./elements/copy-lines.js";
import { focusErrorSummary } from "./elements/error-summary.js";
import { JobProgress } from "./elements/job-progress.js";
import { showLocalTimes } from "./elements/local-times.js";
import { PasswordField } from "./elements/password-field.js";
import { RetryCountdown } from "./elements/retry-countdown.js";
import { SearchAsYouType } from "./elements/search-as-you-type.js";
import { SelectAll } from "./elements/select-all.js";
import { submitOnce } from "./elements/submit-once.js";

customElements.define("copy-field", CopyField);
customElements.define("copy-lines", CopyLines);
customElements.define("job-progress", JobProgress);
customElements.define("password-field", PasswordField);
customElements.define("retry-countdown", RetryCountdown);
customElements.define("search-as-you-type", SearchAsYouType);
customElements.define("select-all", SelectAll);
focusErrorSummary(document);
showLocalTimes(document);
submitOnce(document, window);
