// Moments in words, in the reader's zone.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const span = new Intl.RelativeTimeFormat("en");
/** @param {Date} moment */
const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);

/** @type {InWords} "4 minutes ago", "yesterday 18:04", "12 March 2026" */
export const inWords = (moment, now = new Date()) => {
  const past = now.getTime() - moment.getTime();
  if (past < -MINUTE) return day.format(moment);
  if (past < MINUTE) return "just now";
  if (past < HOUR) return span.format(-Math.trunc(past / MINUTE), "minute");
  const nights = Math.round((midnight(now) - midnight(moment)) / (24 * HOUR));
  if (nights === 0) return span.format(-Math.trunc(past / HOUR), "hour");
  return nights === 1 ? `yesterday ${clock.format(moment)}` : day.format(moment);
};

/** @param {Date} now */
export function greeting(now) {
  const hour = now.getHours();
  return `Good ${hour < 5 || hour >= 18 ? "evening" : hour < 12 ? "morning" : "afternoon"}`;
}

/** The exact moment stays on hover. @type {ShowMoment} */
export const showMoment = (time, iso) => {
  if (!iso) return;
  time.dateTime = time.title = iso;
  time.textContent = inWords(new Date(iso));
};

/** Keeps "4 minutes ago" true. */
export function keepMomentsTrue() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time")) showMoment(time, time.dateTime);
  }, MINUTE);
}
