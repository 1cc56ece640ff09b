// The reader who is signed in: their own token stands where the sample stood, and is kept true.

import { waitInWords } from "../elements/wait-words.js";
import { meet } from "./meet.js";
import { say, showToken } from "./own-token.js";

/** @type {MeetReader} */
export const meetReader = async (who) => {
  try {
    const client = await meet(who, (met) => showToken(document, met.claims()));
    const tick = () => say(document, "left", waitInWords(Math.ceil(client.claims().renewsInMs / 1000)) || "a moment");
    tick();
    setInterval(tick, 1000);
    return { client };
  } catch (error) {
    say(document, "foot", `This is still a sample. ${/** @type {Error} */ (error).message}`);
    throw error;
  }
};
