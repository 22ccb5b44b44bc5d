import * as crypto from 'node:crypto';

import { z } from 'zod';

import type { BasicAuthConfig } from '../../../proxy/index.ts';
import { quote, type ConfigPath } from '../config-problem.ts';
import { duration, flag, readFilePath, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';
import { linesOf } from './list-file.ts';
import { isWeak, readPasswordHash } from './password-hash.ts';

const mostBytes = 4_000_000;
const mostUsers = 20_000;

type User = BasicAuthConfig['users'][number];

interface Written {
  readonly realm: string;
  readonly users?: Readonly<Record<string, User['hash']>> | undefined;
  readonly htpasswd?: string | undefined;
  readonly header: string;
  readonly forwardAuthorization: boolean;
  readonly cache: number;
}

const userName = z.string().superRefine((value, context) => {
  const reading = readUserName(value);
  if (reading.ok) return;
  context.addIssue({ code: 'custom', message: reading.what, params: { remedy: reading.remedy } });
});

/** Not shown in messages: where a hash should be, people write the password. */
const passwordHash = z
  .string()
  .transform((value, context) => {
    const reading = readPasswordHash(value);
    if (reading.ok) return reading.value;
    context.addIssue({ code: 'custom', message: reading.what, params: { remedy: reading.remedy, hidden: true } });
    return z.NEVER;
  })
  .meta({
    description: 'The hash of the password of this user: `$argon2id$`, or what `htpasswd` makes',
    examples: ['$2y$10$Bj8ZxZb0CmtGSwSbQ5j0meXm7WhFu6Fxqo4u2k8vGk8Oa6CBGXjWq'],
  });

const schema: z.ZodType<Written> = z
  .strictObject({
    realm: text(readRealm, {
      description: 'What browsers show when they ask for the password',
      examples: ['Intranet'],
    }).prefault('Restricted'),
    users: z
      .record(userName, passwordHash)
      .optional()
      .meta({
        description:
          'Users and the hashes of their passwords. Best with `${file:...}`, so that the config can be shown',
        examples: [{ anna: '${file:secrets/anna}' }],
      }),
    htpasswd: text(readFilePath, {
      description:
        'A file made by `htpasswd`: bcrypt, or the weak apr1 and SHA-1, of which a warning is given. Plain text and crypt(3) are refused',
      examples: ['users.htpasswd'],
    }).optional(),
    header: text(readFieldName, {
      description: 'The field that tells the server who it is; what clients send in it is removed',
      examples: ['X-Remote-User'],
    }).prefault('X-Authenticated-User'),
    forwardAuthorization: flag('The server gets the name and the password too', true).default(false),
    cache: duration(
      'How long a right password is not verified again; a wrong one is remembered for at most 10s; `0s`: no memory',
      '1m',
      { min: '0s', max: '1d' },
    ).prefault('5m'),
  })
  .superRefine(({ users, htpasswd }, context) => {
    if (Object.keys(users ?? {}).length > 0 || htpasswd !== undefined) return;
    context.addIssue({
      code: 'custom',
      message: 'nobody is in it',
      params: { remedy: 'write users, or the name of a file as htpasswd' },
    });
  })
  .meta({
    description: 'Asks for a name and a password (RFC 7617) and tells the server the name',
    examples: [{ htpasswd: 'users.htpasswd' }],
  });

/** Users and their passwords. */
export const basicAuthSchema: FeatureSchema<Written> = {
  schema,
  resolve(written, env): BasicAuthConfig | undefined {
    const users = new Map(Object.entries(written.users ?? {}));
    for (const [name, hash] of users) if (isWeak(hash)) warn({ name, hash }, [...env.path, 'users', name], env, '');
    if (written.htpasswd !== undefined && !readHtpasswd(written.htpasswd, users, env)) return undefined;
    const { realm, header, forwardAuthorization, cache } = written;
    // Their order means nothing: equal configs make equal plans.
    const all = [...users].map(([name, hash]) => ({ name, hash })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (!canArgon2(all, env)) return undefined;
    return { realm, users: all, header, forwardAuthorization, cacheMs: cache };
  },
};

/** Adds what the file has. @returns false after a mistake, and that a user is in the config too is one. */
function readHtpasswd(name: string, users: Map<string, User['hash']>, env: ResolveEnv): boolean {
  const path = [...env.path, 'htpasswd'];
  const { problems } = env;
  const file = env.files.read(name, { what: 'the password file', key: path, maxBytes: mostBytes });
  if (file === undefined) return false;
  const fromFile = new Set<string>();
  const weak: (User & { readonly line: number })[] = [];
  for (const { line, content } of linesOf(file.bytes, 'whole lines')) {
    const reading = readLine(content);
    const again = reading.ok && (fromFile.has(reading.value.name) || users.has(reading.value.name));
    if (!reading.ok || again || fromFile.size >= mostUsers) {
      const where = `Cannot use line ${line} of ${problems.show(path, name)}`;
      problems.add({ path, ...faultOf(reading, where), outside: true });
      return false;
    }
    fromFile.add(reading.value.name);
    users.set(reading.value.name, reading.value.hash);
    if (isWeak(reading.value.hash)) weak.push({ ...reading.value, line });
  }
  const [first] = weak;
  if (first) warn(first, path, env, `: line ${first.line}${weak.length > 1 ? ` and ${weak.length - 1} others` : ''}`);
  if (users.size > 0) return true;
  const message = `Cannot use ${problems.show(path, name)}: nobody is in it`;
  problems.add({ path, message, remedy: 'add users by htpasswd -B', outside: true });
  return false;
}

function faultOf(reading: Reading<User>, where: string): { readonly message: string; readonly remedy: string } {
  if (!reading.ok) return { message: `${where}: ${reading.what}`, remedy: reading.remedy };
  return { message: `${where}: the user is there twice, or there are over ${mostUsers}`, remedy: 'take it out' };
}

function readLine(line: string): Reading<User> {
  const colon = line.indexOf(':');
  if (colon < 0) return bad('there is no colon in it', 'write name:hash');
  const name = readUserName(line.slice(0, colon));
  if (!name.ok) return name;
  const hash = readPasswordHash(
    line
      .slice(colon + 1)
      .split(':', 1)[0]!
      .trimEnd(),
  );
  return hash.ok ? good({ name: name.value, hash: hash.value }) : hash;
}

function warn({ name, hash }: User, path: ConfigPath, { problems }: ResolveEnv, where: string): void {
  const kind = hash.kind === 'apr1' ? 'apr1 (MD5)' : 'SHA-1 without salt';
  problems.add({
    path,
    message: `The password of ${quote(name)} is kept as ${kind}, which is easily guessed from its hash${where}`,
    remedy: 'make it anew by htpasswd -B',
    severity: 'warning',
  });
}

function canArgon2(users: readonly User[], { problems, path }: ResolveEnv): boolean {
  if (!users.some(({ hash }) => hash.kind === 'argon2id') || 'argon2' in crypto) return true;
  const message = `Cannot verify argon2id hashes: Node ${process.versions.node} has no argon2`;
  problems.add({ path, message, remedy: 'use Node 24.7 or newer, or bcrypt', outside: true });
  return false;
}

/** Fields that mean something to the proxy itself. */
const reserved =
  /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|authorization|expect|keep-alive|forwarded|via|cookie|x-real-ip|x-request-id|x-forwarded-(?:for|proto|host|port|prefix))$/i;

function readUserName(value: string): Reading<string> {
  if (value === '' || value.length > 255) return bad('the name of a user has 1 to 255 characters', 'shorten it');
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[:\u0000-\u001f\u007f]/.test(value) || !value.isWellFormed()) {
    return bad('the name of a user has neither colons nor control characters', 'leave them out');
  }
  return good(value);
}

function readRealm(value: string): Reading<string> {
  if (/^[\x20-\x7e]{1,100}$/.test(value)) return good(value);
  return bad('a realm has 1 to 100 characters of ASCII', 'write for example Intranet');
}

function readFieldName(value: string): Reading<string> {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(value))
    return bad('it is not the name of a field', 'use letters, digits and dashes');
  if (reserved.test(value)) return bad('this field has a meaning of its own', 'write for example X-Remote-User');
  return good(value);
}
