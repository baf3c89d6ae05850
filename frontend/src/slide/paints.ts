// Colours on the slide. The same in both themes: what is below them is stained glass in both.

interface Paint {
  /** As CSS says it. */
  css: string;
  rgb: readonly [number, number, number];
}

const paint = (red: number, green: number, blue: number): Paint => ({
  css: `rgb(${red} ${green} ${blue})`,
  rgb: [red, green, blue],
});

/** Places in it go into the bits of LOOK.paint: at most 16. */
export const PAINTS: readonly Paint[] = [
  paint(28, 29, 31), // blasts, of whatever lineage
  paint(26, 95, 180), // granulocytic
  paint(138, 94, 0), // monocytic
  paint(106, 61, 163), // lymphoid and plasma cells
  paint(178, 52, 40), // erythroid
  paint(11, 122, 99), // megakaryocytic
  paint(92, 96, 100), // of no lineage, or no cell
  paint(200, 104, 0), // not decided
];

const OF_LINEAGE: Readonly<Record<string, number>> = {
  granulocytic: 1,
  mast: 1,
  monocytic: 2,
  lymphoid: 3,
  plasma: 3,
  erythroid: 4,
  megakaryocytic: 5,
};
const OTHER = 6;
export const UNDECIDED_PAINT = 7;

/** Place of the paint of a class. */
export function paintOfClass({ lineage, category }: { lineage: string; category: string }): number {
  return category === "blasts" ? 0 : (OF_LINEAGE[lineage] ?? OTHER);
}

export const cssOfClass = (one: { lineage: string; category: string }) =>
  PAINTS[paintOfClass(one)]!.css;

/** A paint's word in a canvas' memory: little-endian RGBA. */
export const wordOf = ({ rgb: [red, green, blue] }: Paint) =>
  ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** The same, thinned towards white: outside the count. */
export const thinWordOf = ({ rgb }: Paint) => {
  const [red, green, blue] = rgb.map((part) => Math.round(255 - (255 - part) * 0.45));
  return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
};

export const CHOSEN = "rgb(26 95 180)";
export const HALO = "rgb(255 255 255 / 85%)";
