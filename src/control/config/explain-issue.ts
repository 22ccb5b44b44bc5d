import { z } from 'zod';

import { quote, type ConfigPath } from './config-problem.ts';
import { nearest } from './nearest.ts';
import { sample } from './sample.ts';
import { exampleAt, keysAt, remedyForNumber } from './schema-walk.ts';
import type { Mistake, Problems } from './source.ts';
import { valueAt } from './value-at.ts';

type Issue = z.core.$ZodIssue;

/** What the sentences about one issue are made from. */
interface Scene {
  readonly schema: z.ZodType;
  readonly problems: Problems;
  /** The whole config as it came. */
  readonly root: unknown;
}

/** Adds what a schema has against a value, in words. */
export function explainIssues(schema: z.ZodType, root: unknown, issues: readonly Issue[], problems: Problems): void {
  const scene: Scene = { schema, root, problems };
  for (const issue of issues) explain(issue, [], scene);
}

function explain(issue: Issue, base: ConfigPath, scene: Scene): void {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) scene.problems.add(unknownKey(key, path, scene));
      break;
    case 'invalid_union':
      explainUnion(issue, path, scene);
      break;
    case 'invalid_key':
      for (const inner of issue.issues) {
        scene.problems.add({ ...judged(inner, path, scene, quote(String(path.at(-1)))), end: 'key' });
      }
      break;
    case 'invalid_type':
      addUnlessMisspelt(wrongType([issue.expected], path, scene), scene);
      break;
    case 'invalid_value':
      addUnlessMisspelt(notAllowed(issue, path, scene), scene);
      break;
    default:
      scene.problems.add(judged(issue, path, scene));
  }
}

/** A key that is missing because its name is misspelt is one mistake, which `unrecognized_keys` tells. */
function addUnlessMisspelt(mistake: Mistake, scene: Scene): void {
  const parent = mistake.path.slice(0, -1);
  const allowed = keysAt(scene.schema, parent);
  const siblings = valueAt(scene.root, mistake.path) === undefined ? valueAt(scene.root, parent) : undefined;
  const given = typeof siblings === 'object' && siblings !== null ? Object.keys(siblings) : [];
  const misspelt =
    allowed && given.some((key) => !allowed.includes(key) && nearest(key, allowed) === mistake.path.at(-1));
  if (!misspelt) scene.problems.add(mistake);
}

/** The branch that got furthest: one whose kind of value fits, and of these the one with the fewest complaints. */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: ConfigPath, scene: Scene): void {
  const fitting = issue.errors.filter((branch) => branch.every((each) => !isWrongKind(each)));
  const best = fitting.toSorted((a, b) => a.length - b.length)[0];
  if (best) for (const each of best) explain(each, path, scene);
  else
    scene.problems.add(
      wrongType(
        issue.errors.flatMap((branch) => branch.flatMap(expectedKind)),
        path,
        scene,
      ),
    );
}

function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function expectedKind(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [issue.expected];
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

/** The text, number or list has the right type, but the schema does not like it. */
function judged(issue: Issue, path: ConfigPath, scene: Scene, found = describe(path, scene, true)): Mistake {
  if (issue.code === 'custom') {
    const { remedy, better, hidden } = issue.params ?? {};
    const known = typeof better === 'string' && !scene.problems.isSecret(path) ? `write ${quote(better)}` : remedy;
    // What should have been a hash may be a password.
    const shown = hidden === true ? quote('***') : found;
    return { path, message: `Cannot use ${shown}: ${issue.message}`, remedy: String(known) };
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? `the least is ${issue.minimum}` : `the most is ${issue.maximum}`;
    const what = issue.origin === 'array' && issue.code === 'too_small' ? 'there is nothing in it' : bound;
    return { path, message: `Cannot use ${found}: ${what}`, remedy: forExample(path, scene) };
  }
  return { path, message: `Cannot use ${found}: ${issue.message}`, remedy: forExample(path, scene) };
}

function unknownKey(key: string, path: ConfigPath, scene: Scene): Mistake {
  const allowed = keysAt(scene.schema, path) ?? [];
  const near = nearest(key, allowed);
  const remedy = near === undefined ? `the keys here are ${listed(allowed)}` : `did you mean ${quote(near)}?`;
  return {
    path: [...path, key],
    end: 'key',
    message: `Cannot use the key ${quote(key)}: it is not known here`,
    remedy,
  };
}

function notAllowed(issue: z.core.$ZodIssueInvalidValue, path: ConfigPath, scene: Scene): Mistake {
  const value = valueAt(scene.root, path);
  if (value === undefined) return missing(path, scene);
  const allowed = issue.values.map(String);
  const near = typeof value === 'string' && !scene.problems.isSecret(path) ? nearest(value, allowed) : undefined;
  const list = allowed.length === 1 ? `the only value is ${allowed[0]}` : `the values are ${either(allowed)}`;
  // A message of its own is better than the one that zod has for all.
  const what = issue.message.startsWith('Invalid') ? 'it is not one of the values of this key' : issue.message;
  const message = `Cannot use ${describe(path, scene, true)}: ${what}`;
  return { path, message, remedy: near === undefined ? list : `did you mean ${quote(near)}?` };
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of names and values',
  array: 'a list',
};

function wrongType(expected: readonly string[], path: ConfigPath, scene: Scene): Mistake {
  const value = valueAt(scene.root, path);
  if (value === undefined) return missing(path, scene);
  const names = either([...new Set(expected.map((kind) => kinds[kind] ?? kind))]);
  const message = `Cannot use ${describe(path, scene, false)}: ${names} is needed here`;
  const number = typeof value === 'number' ? remedyForNumber(scene.schema, path, value) : undefined;
  const meant = typeof value === 'string' ? meantBy(value, expected, path, scene) : undefined;
  return { path, message, remedy: number ?? hint(value, expected) ?? meant ?? forExample(path, scene) };
}

/** A text where one of some values may stand, or a map: what it is a slip of, or the map that has it as a key. */
function meantBy(value: string, expected: readonly string[], path: ConfigPath, scene: Scene): string | undefined {
  if (scene.problems.isSecret(path)) return undefined;
  if (expected.includes('object') && keysAt(scene.schema, path)?.includes(value) === true) {
    return `write for example ${sample({ [value]: exampleAt(scene.schema, [...path, value]) })}`;
  }
  const near = nearest(
    value,
    expected.filter((each) => !(each in kinds)),
  );
  return near === undefined ? undefined : `did you mean ${quote(near)}?`;
}

/** Mistakes that YAML makes easy. */
function hint(value: unknown, expected: readonly string[]): string | undefined {
  if (value === null) return 'give it a value or leave the key out';
  if (typeof value !== 'string') return undefined;
  if (expected.includes('boolean') && /^(yes|on|y)$/i.test(value)) return 'write true';
  if (expected.includes('boolean') && /^(no|off|n)$/i.test(value)) return 'write false';
  if (expected.includes('number') && /^\d{1,15}$/.test(value)) return 'write the number without quotes';
  return undefined;
}

function missing(path: ConfigPath, scene: Scene): Mistake {
  const key = String(path.at(-1));
  const remedy = `add it, for example ${key}: ${sample(exampleAt(scene.schema, path))}`;
  return { path, message: `Cannot find the key ${quote(key)}: it is needed here`, remedy };
}

function forExample(path: ConfigPath, scene: Scene): string {
  const example = exampleAt(scene.schema, path);
  if (example !== undefined) return `write for example ${sample(example)}`;
  const keys = keysAt(scene.schema, path);
  return keys === undefined ? 'see docs/reference/config.md' : `the keys here are ${listed(keys)}`;
}

/** `a, b or c`. */
function either(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function listed(keys: readonly string[]): string {
  return keys.filter((each) => !each.startsWith('$')).join(', ');
}

/** The value that was found. @param bare texts and numbers without the word for what they are. */
function describe(path: ConfigPath, scene: Scene, bare: boolean): string {
  const key = path.at(-1);
  const value = valueAt(scene.root, path);
  if (typeof value === 'string') return `${bare ? '' : 'the text '}${scene.problems.show(path, value)}`;
  if (typeof value === 'number') return `${bare ? '' : 'the number '}${value}`;
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return bare && typeof key === 'string' ? quote(key) : 'a map';
  return typeof value === 'boolean' ? String(value) : 'this value';
}
