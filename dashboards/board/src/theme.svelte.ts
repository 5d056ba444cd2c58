// Light, dark, night, or as the device has it; remembered on this device.
import { remember, remembered } from "./settings";

export const THEMES = ["auto", "light", "dark", "night"] as const;
export type Theme = (typeof THEMES)[number];

class Colours {
  theme = $state.raw<Theme>("auto");

  /** `asked` is what the address asks for. */
  begin(asked: string | null): void {
    this.#show(THEMES.find((one) => one === (asked ?? remembered("theme"))) ?? "auto");
  }

  set(theme: Theme): void {
    remember("theme", theme);
    this.#show(theme);
  }

  #show(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset["theme"] = theme;
  }
}

export const colours = new Colours();
