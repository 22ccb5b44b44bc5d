import type { TextMatch } from '../../proxy/index.ts';
import type { NamedValues, WhenConfig } from './when.ts';

/** What a `when` asks, part by part: all of them must hold. By what is asked, so that two can be compared. */
export type Demands = ReadonlyMap<string, Demand>;

interface Demand {
  readonly value: unknown;
  /** Equal for equal values: both come from the schema, which makes their keys in one order. */
  readonly text: string;
}

/** Undefined: nothing is asked, and every request will do. */
export function demandsOf(when: WhenConfig | undefined): Demands {
  const demands = new Map<string, Demand>();
  const add = (key: string, value: unknown): void => void demands.set(key, { value, text: JSON.stringify(value) });
  for (const [key, value] of Object.entries(when ?? {})) {
    if (key === 'header' || key === 'query' || key === 'cookie') addNamed(key, value, add);
    else if (value !== undefined) add(key, value);
  }
  return demands;
}

/** False where a part of it could not be read. */
export function isComplete(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.values(value).every(isComplete);
}

function addNamed(key: string, values: NamedValues, add: (key: string, value: unknown) => void): void {
  for (const [name, value] of Object.entries(values))
    add(`${key} ${key === 'header' ? name.toLowerCase() : name}`, value);
}

/** True only where every request that has what `narrow` asks for surely has what `wide` asks for. */
export function implies(narrow: Demands, wide: Demands): boolean {
  for (const [key, demand] of wide) {
    const own = narrow.get(key);
    if (own === undefined || !isWithin(own, demand)) return false;
  }
  return true;
}

/** True only where some request surely has what both ask for. */
export function overlap(one: Demands, other: Demands): boolean {
  if (!isFree(one) || !isFree(other)) return false;
  for (const [key, demand] of one) {
    const theirs = other.get(key);
    if (theirs === undefined || theirs.text === demand.text) continue;
    const [left, right] = [textsOf(demand.value), textsOf(theirs.value)];
    if (left?.some((text) => right?.includes(text)) !== true) return false;
  }
  return true;
}

function isFree(demands: Demands): boolean {
  for (const key of demands.keys()) if (!free.has(key.split(' ', 1)[0]!)) return false;
  return true;
}

/** What a request can have whatever else it has. */
const free: ReadonlySet<string> = new Set(['method', 'header', 'query', 'cookie', 'address']);

function isWithin(narrow: Demand, wide: Demand): boolean {
  if (narrow.text === wide.text) return true;
  if (isPresence(wide.value)) return narrow.value !== false;
  const [left, right] = [textsOf(narrow.value), textsOf(wide.value)];
  return left !== undefined && left.every((text) => right?.includes(text) === true);
}

function isPresence(value: unknown): boolean {
  return isMatch(value) && value.kind === 'present';
}

/** One of which it must be. */
function textsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string') ? value : undefined;
  return isMatch(value) && value.kind === 'is' ? value.texts : undefined;
}

function isMatch(value: unknown): value is TextMatch {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
