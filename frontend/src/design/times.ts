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

export const dayWords = (iso: string) => DAY.format(new Date(iso));
export const longDayWords = (iso: string) => LONG_DAY.format(new Date(iso));
export const timeWords = (iso: string) => TIME.format(new Date(iso));
