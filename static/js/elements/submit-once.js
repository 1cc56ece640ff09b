// A form posts once, however often its button is pressed.

// A navigation that was stopped leaves no event behind; after this long the form may be sent again.
const RELEASE = 15_000;

/**
 * @param {EventTarget} root where the forms' submit events arrive
 * @param {EventTarget} page where `pageshow` is heard: a page that comes back may be sent again
 */
export function submitOnce(root, page) {
  /** @type {Map<EventTarget, Element | null>} */
  const sent = new Map();

  /** @param {EventTarget} form */
  function release(form) {
    sent.get(form)?.removeAttribute("aria-busy");
    sent.delete(form);
  }

  root.addEventListener("submit", (event) => {
    const { target: form, submitter } = /** @type {SubmitEvent} */ (event);
    if (event.defaultPrevented || /** @type {HTMLFormElement} */ (form).method !== "post" || form === null) return;
    // What answers with a file leaves the page as it is: nothing would release it.
    if (/** @type {HTMLFormElement} */ (form).dataset.answersFile !== undefined) return;
    if (sent.has(form)) return event.preventDefault();
    // Not disabled: the name and value of a disabled button would not be sent.
    submitter?.setAttribute("aria-busy", "true");
    sent.set(form, submitter);
    setTimeout(() => release(form), RELEASE);
  });
  page.addEventListener("pageshow", () => [...sent.keys()].forEach(release));
}
