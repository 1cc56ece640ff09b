// The API reference: a list that follows what is typed, and calls that a reader can make.

const find = document.getElementById("find-form");
if (find) {
  const { followTyping } = await import("./find.js");
  followTyping(/** @type {HTMLFormElement} */ (find), document);
}
/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-method]");
if (forms.length) {
  const { ready } = await import("./try.js");
  for (const form of forms) ready(form, document.body.dataset);
}
// The rail may be wider than the window.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
