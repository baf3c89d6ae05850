/** First letters of the first and the last name: a proposal, for people differ. */
export function initialsOf(fullName: string): string {
  const names = fullName.trim().split(/\s+/).filter(Boolean);
  const chosen = names.length > 1 ? [names[0], names.at(-1)] : names;
  return chosen.map((name) => Array.from(name ?? "")[0]?.toLocaleUpperCase() ?? "").join("");
}
