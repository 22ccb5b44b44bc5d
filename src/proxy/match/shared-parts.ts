import { AddressSet } from '../../core/ip.ts';
import { compileRegex, type LinearRegex } from '../linear-regex.ts';

/** What the conditions of a plan have in common: a pattern or list that many routes name is made once. */
export class SharedParts {
  readonly #regexes = new Map<string, LinearRegex>();
  readonly #addresses = new Map<string, AddressSet>();

  regex(pattern: string, ignoreCase: boolean): LinearRegex {
    return made(this.#regexes, `${ignoreCase ? 'i' : 'c'}${pattern}`, () => compileRegex(pattern, { ignoreCase }));
  }

  addresses(networks: readonly string[]): AddressSet {
    return made(this.#addresses, networks.join(), () => new AddressSet(networks));
  }
}

function made<T>(known: Map<string, T>, key: string, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const now = make();
  known.set(key, now);
  return now;
}
