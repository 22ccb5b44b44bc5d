import type { ConfigFile, ConfigFiles } from '../config/config-files.ts';
import type { ConfigPath } from '../config/config-problem.ts';
import type { Problems } from '../config/source.ts';

/** A certificate with its chain is a few kB; a list of revoked ones of a large company a few MB. */
const mostBytes = 16_000_000;

/** One file that the config names. */
export interface NamedFile {
  /** As written. */
  readonly name: string;
  readonly path: ConfigPath;
  /** `the certificate`, `the key`. */
  readonly what: string;
}

/** Reads files for those who judge them, and takes what they find. */
export class FileReport {
  readonly #files: ConfigFiles;
  readonly #problems: Problems;

  constructor(files: ConfigFiles, problems: Problems) {
    this.#files = files;
    this.#problems = problems;
  }

  /** Undefined: it cannot be read, which has been reported. */
  read({ name, path, what }: NamedFile): ConfigFile | undefined {
    return this.#files.read(name, { what, key: path, maxBytes: mostBytes });
  }

  /** `Cannot use the certificate "a.pem": it is empty`. */
  refuse(file: NamedFile, why: string, remedy: string): void {
    const message = `Cannot use ${file.what} ${this.show(file)}: ${why}`;
    this.#problems.add({ path: file.path, message, remedy, outside: true });
  }

  /** `The certificate "a.pem" has expired`: it is used all the same. */
  warn(file: NamedFile, what: string, remedy: string): void {
    const message = `${file.what.charAt(0).toUpperCase()}${file.what.slice(1)} ${this.show(file)} ${what}`;
    this.#problems.add({ path: file.path, message, remedy, severity: 'warning' });
  }

  /** The file's name in quotes, fit to be shown. */
  show({ path, name }: NamedFile): string {
    return this.#problems.show(path, name);
  }
}
