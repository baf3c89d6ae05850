// Times as people here read them: their own time zone, day before month, month in letters.
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const LONG_DAY = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const TIME = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

export const dayWords = (iso: string) => DAY.format(new Date(iso));
export const longDayWords = (iso: string) => LONG_DAY.format(new Date(iso));
export const timeWords = (iso: string) => TIME.format(new Date(iso));
export const momentWords = (iso: string) => MOMENT.format(new Date(iso));

/** How long ago; from a week on, which day it was. */
export function ageWords(iso: string, nowMs = Date.now()): string {
  const minutes = Math.floor((nowMs - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days < 7) return days === 1 ? "1 day ago" : `${days} days ago`;
  return dayWords(iso);
}
