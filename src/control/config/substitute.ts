import { bad, good, type Reading } from './reading.ts';

/** What `${...}` can stand for. */
export interface Secrets {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What each `${file:...}` of the config holds, read before; or why it could not be read. */
  readonly files: ReadonlyMap<string, Reading<string>>;
}

/** A text with its `${...}` put in, and how it may be shown. */
export interface Substituted {
  readonly value: string;
  /** With `***` for what was put in; undefined: nothing was. */
  readonly shown: string | undefined;
}

/** `${NAME}` or `${file:path}`; `$${` is a plain `${`. The last branch catches what is neither. */
const reference = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

/** Quick test before any of the work. */
export function hasReference(text: string): boolean {
  return text.includes('${');
}

/** The paths of the `${file:...}` in a text. */
export function fileReferences(text: string): string[] {
  return [...text.matchAll(reference)].flatMap(([, inner]) => (inner?.startsWith('file:') ? [inner.slice(5)] : []));
}

/** Puts in what the references stand for. What was put in is not looked at again. */
export function substitute(text: string, secrets: Secrets): Reading<Substituted> {
  let failure: Reading<never> | undefined;
  let shown = '';
  let value = '';
  let secret = false;
  let end = 0;
  for (const match of text.matchAll(reference)) {
    const plain = text.slice(end, match.index);
    end = match.index + match[0].length;
    const found: Reading<string> = match[0] === '$${' ? good('${') : resolve(match[1], secrets);
    if (!found.ok) failure ??= found;
    else value += plain + found.value;
    shown += plain + (match[0] === '$${' ? '${' : '***');
    secret ||= match[0] !== '$${';
  }
  if (failure) return failure;
  const rest = text.slice(end);
  return good({ value: value + rest, shown: secret ? shown + rest : undefined });
}

/** Never called for more than one reference; the names it speaks of stand in the file, not in the environment. */
function resolve(inner: string | undefined, secrets: Secrets): Reading<string> {
  if (inner === undefined) return bad('a "${" is not closed', 'close it with "}", or write "$${" for a plain "${"');
  if (inner.startsWith('file:')) {
    return secrets.files.get(inner.slice(5)) ?? bad('the file was not read', 'name it once more');
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,200}$/.test(inner)) {
    return bad(
      'between "${" and "}" stands the name of an environment variable, or file: and a path',
      'write for example ${DB_HOST} or ${file:secrets/token}, and "$${" for a plain "${"',
    );
  }
  const value = Object.hasOwn(secrets.environment, inner) ? secrets.environment[inner] : undefined;
  if (value !== undefined) return good(value);
  return bad(
    `the environment variable ${inner} is not set`,
    'set it before the start, or write "$${" for a plain "${"',
  );
}
