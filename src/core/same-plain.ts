import { isDeepStrictEqual } from 'node:util';

type Plain = Readonly<Record<string, unknown>>;

/**
 * Tells whether two pieces of plain data are equal, as `isDeepStrictEqual` would, in a tenth of its time: for data of which
 * there is much, and of which most is the same. What is neither an object literal nor a list is compared the slow way.
 */
export function samePlain(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(a, b);
  const prototype: unknown = Object.getPrototypeOf(a);
  if (prototype !== Object.getPrototypeOf(b)) return false;
  if (prototype !== Object.prototype && prototype !== null) return isDeepStrictEqual(a, b);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is an object with nothing but its own members
  return sameMembers(a as Plain, b as Plain);
}

function sameLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!samePlain(a[i], b[i])) return false;
  return true;
}

function sameMembers(a: Plain, b: Plain): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    const [mine, other] = [a[key], b[key]];
    if (mine === undefined && !Object.hasOwn(b, key)) return false;
    if (!samePlain(mine, other)) return false;
  }
  return true;
}
