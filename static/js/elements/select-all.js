// <select-all>: one checkbox that ticks all others of its form.

export class SelectAll extends HTMLElement {
  connectedCallback() {
    const label = /** @type {HTMLElement | null} */ (this.querySelector("label"));
    const all = this.querySelector("input");
    const form = this.closest("form");
    if (!label || !all || !form) return;
    const others = () => [...form.querySelectorAll("input.pick")].map((each) => /** @type {HTMLInputElement} */ (each));
    label.hidden = false;
    all.addEventListener("change", () => others().forEach((each) => { each.checked = all.checked; }));
    form.addEventListener("change", () => {
      const ticked = others().filter((each) => each.checked).length;
      all.checked = ticked > 0 && ticked === others().length;
      all.indeterminate = ticked > 0 && !all.checked;
    });
  }
}
