// How this browser shows the page; kept in the browser, since it is about a screen, not a person.
export type Theme = "system" | "light" | "dark";

const THEME = "marrowscope.theme";
const KEYS = "marrowscope.single-keys";

function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    // A browser that keeps nothing: the choice lasts until the page is closed.
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // As above.
  }
}

function storedTheme(): Theme {
  const theme = stored(THEME);
  return theme === "light" || theme === "dark" ? theme : "system";
}

class Preferences {
  theme = $state<Theme>(storedTheme());
  /** Whether single letters act; off for who dictates, since a spoken word is many keys. */
  hasSingleKeys = $state(stored(KEYS) !== "off");

  chooseTheme(theme: Theme): void {
    this.theme = theme;
    store(THEME, theme);
    applyPreferences();
  }

  chooseSingleKeys(isOn: boolean): void {
    this.hasSingleKeys = isOn;
    store(KEYS, isOn ? "on" : "off");
  }
}

export const preferences = new Preferences();

export function applyPreferences(): void {
  const root = document.documentElement;
  if (preferences.theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = preferences.theme;
}
