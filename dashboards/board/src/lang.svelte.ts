// Which language the board speaks: as the address asks, else as remembered, else as the browser's user reads.
import { af } from "./lang/af";
import { de } from "./lang/de";
import { en, type Words } from "./lang/en";
import { es } from "./lang/es";
import { fr } from "./lang/fr";
import { remember, remembered } from "./settings";

export const LANGUAGES: Readonly<Record<string, Words>> = { en, de, fr, es, af };

/** The first of these that the board speaks, as `de-AT` speaks `de`; else English. */
export function choose(wanted: readonly (string | null)[]): string {
  const known = wanted.map((tag) => tag?.toLowerCase().split("-")[0] ?? "");
  return known.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

class Language {
  tag = $state.raw("en");
  readonly words = $derived(LANGUAGES[this.tag] ?? en);

  /** Takes the language that this page should begin with. */
  begin(asked: string | null): void {
    this.tag = choose([asked, remembered("language"), ...navigator.languages]);
  }

  set(tag: string): void {
    this.tag = choose([tag]);
    remember("language", this.tag);
  }
}

export const language = new Language();

/** The words of the language that is spoken now. */
export function t(): Words {
  return language.words;
}
