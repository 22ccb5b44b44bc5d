import { pathText, type ConfigPath } from '../config/config-problem.ts';

/** How the parts of the routes may be shown: what came from a `${...}` is `***`. */
export class ShownTexts {
  readonly #shown: Readonly<Record<string, string>>;
  /** `routes[2].when`, and so on: something below it must not be shown. */
  readonly #secretParts = new Set<string>();

  constructor(shown: Readonly<Record<string, string>>) {
    this.#shown = shown;
    for (const path of Object.keys(shown)) {
      const part = /^routes\[\d+\]\.\w+/.exec(path);
      if (part) this.#secretParts.add(part[0]);
    }
  }

  /** The text at one of these paths as it may be shown; undefined: it is no secret, and may be shown as it is. */
  of(...paths: readonly ConfigPath[]): string | undefined {
    return paths.map((path) => this.#shown[pathText(path)]).find((text) => text !== undefined);
  }

  /** Something in this part of a route must not be shown. @param path `['routes', 2, 'when']`. */
  hides(path: ConfigPath): boolean {
    return this.#secretParts.size > 0 && this.#secretParts.has(pathText(path));
  }
}
