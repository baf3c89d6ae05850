// How a picture is shown to the eye; never part of what is stored, sent or analysed.
export interface Eye {
  /** 1 is as it is. */
  brightness: number;
  /** Above 1 dark parts come out. */
  gamma: number;
}

export const AS_IS: Eye = { brightness: 1, gamma: 1 };

export const isAsIs = (eye: Eye) => eye.brightness === 1 && eye.gamma === 1;

/** As CSS says it; `gammaId` names the SVG filter that does the rest. */
export function filterOf(eye: Eye, gammaId: string): string {
  const brightness = eye.brightness === 1 ? "" : `brightness(${eye.brightness})`;
  const gamma = eye.gamma === 1 ? "" : `url("#${gammaId}")`;
  return `${brightness} ${gamma}`.trim() || "none";
}

export const eyeWords = (eye: Eye) =>
  [
    eye.brightness === 1 ? "" : `brightness ${Math.round(eye.brightness * 100)} %`,
    eye.gamma === 1 ? "" : `gamma ${eye.gamma.toFixed(2)}`,
  ]
    .filter(Boolean)
    .join(", ");
