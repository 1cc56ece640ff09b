// Says where one is, before and after a view has come.

import { links, setHeading } from "./places.js";
import { byId, cloneOf } from "./slots.js";

/** @param {HTMLAnchorElement} place */
export function arrive(place) {
  const { words = place.text, who = "", about = "" } = place.dataset;
  for (const each of links) each.ariaCurrent = each === place ? "page" : null;
  byId("notices").replaceChildren();
  byId("view").replaceChildren(cloneOf("skeleton-template"));
  setHeading(words, who);
  byId("subtitle").textContent = about;
  scrollTo(0, 0);
  place.scrollIntoView({ block: "nearest" });
  byId("heading").focus();
}

/** To the part of the view that the address names. */
export function goToHash() {
  const part = location.hash && document.getElementById(location.hash.slice(1));
  if (!part) return;
  part.scrollIntoView();
  part.focus();
}
