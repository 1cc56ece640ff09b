// A button at work takes no second press.

/** @param {HTMLButtonElement} button @param {boolean} busy */
export function setBusy(button, busy) {
  button.disabled = busy;
  button.ariaBusy = String(busy);
}
