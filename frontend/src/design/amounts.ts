// Amounts in words: numbers with thin groups, bytes, lengths of time.
const WHOLE = new Intl.NumberFormat("en-GB");
const SHORT = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });

export const numberWords = (n: number) => WHOLE.format(n);

/** "1 slide", "2 slides". */
export const countWords = (n: number, one: string, several = `${one}s`) =>
  `${WHOLE.format(n)} ${n === 1 ? one : several}`;

const SIZES = ["bytes", "kB", "MB", "GB", "TB"] as const;

export function bytesWords(nBytes: number): string {
  let amount = nBytes;
  let size = 0;
  while (amount >= 999.5 && size < SIZES.length - 1) {
    amount /= 1000;
    size += 1;
  }
  return `${SHORT.format(amount)} ${SIZES[size]}`;
}

/** Of a wait, so never more exact than it is known. */
export function waitWords(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 55) return `${Math.ceil(seconds / 5) * 5} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), Math.round((minutes % 60) / 5) * 5];
  if (hours >= 10 || rest === 0) return `${hours} h`;
  return rest === 60 ? `${hours + 1} h` : `${hours} h ${rest} min`;
}
