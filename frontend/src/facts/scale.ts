// The scale of slides as somebody types it: µm a pixel, nothing where the files say it.

/** null: nothing was typed, or no number. */
export function scaleOf(typed: string): number | null {
  const text = typed.trim().replace(",", ".");
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

/** Why it will not do; "" where it will. */
export function scaleTrouble(typed: string): string {
  if (typed.trim() === "") return "";
  const scale = scaleOf(typed);
  return scale !== null && scale >= 0.01 && scale <= 10
    ? ""
    : "A number from 0.01 to 10, or nothing.";
}
