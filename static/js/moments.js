// Moments in words, in the reader's own time zone.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
/** @param {Date} moment */
const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
const span = new Intl.RelativeTimeFormat("en");

/** @type {(moment: Date, now: Date) => string} "4 minutes ago", "yesterday 18:04", "12 March 2026" */
export const inWords = (moment, now) => {
  const past = now.getTime() - moment.getTime();
  if (past < MINUTE) return "just now";
  if (past < HOUR) return span.format(-Math.trunc(past / MINUTE), "minute");
  const nights = Math.round((midnight(now) - midnight(moment)) / (24 * HOUR));
  if (nights === 0) return span.format(-Math.trunc(past / HOUR), "hour");
  return nights === 1 ? `yesterday ${clock.format(moment)}` : day.format(moment);
};

/** @param {Date} now */
export function greeting(now) {
  const hour = now.getHours();
  if (hour >= 5 && hour < 12) return "Good morning";
  return hour >= 12 && hour < 18 ? "Good afternoon" : "Good evening";
}

/** Fills a `<time>`; the exact moment stays on hover. @type {ShowMoment} */
export const showMoment = (time, iso) => {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return;
  time.setAttribute("datetime", iso);
  time.title = iso;
  time.textContent = inWords(moment, new Date());
};

/** Keeps "4 minutes ago" true while the page stays open. @param {ParentNode} root */
export function keepMomentsTrue(root) {
  setInterval(() => {
    for (const time of root.querySelectorAll("time")) showMoment(time, time.dateTime);
  }, MINUTE);
}
