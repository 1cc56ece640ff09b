// Runs what a button or form names as "module:function": what it says is told, and the view loaded anew.

import { loaded } from "../auth-client/index.js";
import { hush, notify, notifyFailure } from "./notices.js";

/** @type {Run} */
export const run = async (element, name, context) => {
  const [module, act = ""] = name.split(":");
  if (!act || element.ariaBusy === "true") return;
  const home = element.closest("section")?.querySelector("h2")?.id;
  element.ariaBusy = "true";
  hush();
  try {
    const said = await (await loaded(import(`./${module}.js`)))[act](element, context);
    if (said) {
      await context.refresh(home);
      notify("good", said);
    }
  } catch (error) {
    notifyFailure(error);
  }
  element.ariaBusy = "false";
};
