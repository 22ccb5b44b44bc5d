import { readTextFile } from '../config/read-text-file.ts';

/** What is shorter is a port or a switch, and would be found in every second word. */
const shortest = 4;

const mostBytes = 64_000;

/** What a config puts in by `${...}`, so that none of it is shown: an explanation has parts of many texts. */
export class UsedSecrets {
  /** Takes the place of the process' own, for loading the config. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly #values: Set<string> = new Set();

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.environment = new Proxy(environment, {
      get: (target, name) => {
        const value = typeof name === 'string' ? target[name] : undefined;
        if (value !== undefined) this.#values.add(value);
        return value;
      },
    });
  }

  /** What the files hold that `${file:...}` put in. */
  async readFiles(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      // oxlint-disable-next-line no-await-in-loop -- they are few and small
      const read = await readTextFile(path, mostBytes);
      if (read.ok) this.#values.add(read.text.replace(/\r?\n$/, ''));
    }
  }

  /** The same plain data with `***` for each of them. */
  hide<T>(data: T): T {
    const values = [...this.#values].filter(({ length }) => length >= shortest).toSorted((a, b) => b.length - a.length);
    const hideIn = (text: string): string => values.reduce((rest, value) => rest.replaceAll(value, '***'), text);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts stay texts
    return JSON.parse(
      JSON.stringify(data, (_, part: unknown) => (typeof part === 'string' ? hideIn(part) : part)),
    ) as T;
  }
}
