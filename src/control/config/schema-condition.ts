import { z } from 'zod';

import { fieldId } from '../../core/field-names.ts';
import { crosses } from '../../wire/hop-by-hop.ts';
import { readFilePath, text } from './leaf.ts';
import { notEmpty } from './not-empty.ts';
import { readNetwork } from './network.ts';
import { bad, good, type Reader, type Reading } from './reading.ts';
import { textMatch, valueMatch } from './schema-text-match.ts';
import { readTlsVersion } from './tls-version.ts';
import type { AddressEntry, NamedValues, TlsWhenConfig, WhenConfig } from './when.ts';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

function readMethod(value: string): Reading<string> {
  if (!token.test(value)) return bad('it is not a method', 'write for example GET');
  const upper = value.toUpperCase();
  if (upper !== value) return bad('methods are written in capitals', 'write it in capitals', upper);
  return good(value);
}

/** The field as it is looked for: what ends at the proxy, or is read by it, is not in the list that routes are asked with. */
function readFieldName(value: string): Reading<string> {
  if (!token.test(value)) return bad('it is not the name of a header field', 'write for example accept');
  if (value.toLowerCase() === 'host') return bad('the host is no condition', 'write it as the host of the route');
  if (!crosses(fieldId(value))) return bad('this field is of one connection only', 'choose another field');
  return good(value);
}

function readCookieName(value: string): Reading<string> {
  return token.test(value) ? good(value) : bad('it is not the name of a cookie', 'write for example session');
}

function readParameterName(value: string): Reading<string> {
  if (value !== '' && value.length <= 100 && value.isWellFormed()) return good(value);
  return bad('it is not the name of a parameter', 'write it as it is when percent-encoding is undone');
}

/** A map of names and what their values must be. */
function values(
  read: Reader<string>,
  description: string,
  examples: readonly [unknown, ...unknown[]],
): z.ZodType<NamedValues> {
  const name = z.string().superRefine((value, context) => {
    const reading = read(value);
    if (reading.ok) return;
    const { what, remedy, better } = reading;
    context.addIssue({ code: 'custom', message: what, params: { remedy, better } });
  });
  const value = valueMatch({
    description: '`true`: it is there; `false`: it is not; a text or list: exactly that',
    examples: [true, '1'],
  });
  return z
    .record(name, value)
    .check(notEmpty('write the name of one, or leave it out'))
    .meta({ description, examples });
}

function oneOrMore<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.union([item.transform((value) => [value]), z.array(item).min(1)]);
}

const method: z.ZodType<readonly string[]> = oneOrMore(
  text(readMethod, { description: 'A method', examples: ['GET'] }),
).meta({ description: 'The method of the request, or one of a list', examples: ['POST', ['GET', 'HEAD']] });

const address: z.ZodType<readonly AddressEntry[]> = oneOrMore<AddressEntry>(
  z.union([
    text(readNetwork, { description: 'A network or address', examples: ['10.0.0.0/8'] }),
    z.strictObject({
      file: text(readFilePath, {
        description:
          'A file with one network or address a line, at most 4 MB; what follows a `#` is a comment. It is read at every load',
        examples: ['lists/office.txt'],
      }),
    }),
  ]),
).meta({
  description:
    'The address of the client is in one of these networks; behind trusted proxies the address that they name',
  examples: ['10.0.0.0/8', ['10.0.0.0/8', '192.0.2.7', { file: 'lists/office.txt' }]],
});

const tls: z.ZodType<TlsWhenConfig> = z
  .strictObject({
    version: oneOrMore(text(readTlsVersion, { description: 'A version', examples: ['1.3'] }))
      .meta({ description: 'The version, or one of a list, in quotes', examples: ['1.3', ['1.2', '1.3']] })
      .optional(),
    serverName: textMatch({
      description: 'The name that the client asked for in the handshake (SNI), in lower case',
      examples: ['www.example.com'],
    }).optional(),
    clientSubject: textMatch({
      description: 'The subject of a valid client certificate (RFC 4514); never holds for one that is not valid',
      examples: [{ contains: 'O=Example' }],
    }).optional(),
  })
  .check(notEmpty('the keys here are version, serverName, clientSubject'))
  .meta({
    description: 'Facts of the TLS connection; none of them holds for plain HTTP',
    examples: [{ version: '1.3' }],
  });

const keys = z.strictObject({
  method: method.optional(),
  header: values(
    readFieldName,
    'Header fields by name, upper and lower case alike. One of several fields of a name is enough',
    [{ accept: { contains: 'json' }, 'x-debug': '1' }],
  ).optional(),
  query: values(
    readParameterName,
    'Parameters of the query by name, percent-encoding undone; one of several of a name is enough',
    [{ v: ['1', '2'] }],
  ).optional(),
  cookie: values(readCookieName, 'Cookies by name, upper and lower case told apart', [{ beta: true }]).optional(),
  address: address.optional(),
  scheme: z
    .enum(['http', 'https'])
    .optional()
    .meta({ description: 'How the client came to this proxy', examples: ['https'] }),
  tls: tls.optional(),
  path: textMatch({
    description: 'The path, normalised, besides what the key `path` of the route asks for',
    examples: [{ endsWith: '.pdf' }],
  }).optional(),
  get any(): z.ZodOptional<z.ZodType<readonly WhenConfig[]>> {
    return z
      .array(whenSchema)
      .min(1)
      .meta({ description: 'One of these holds', examples: [[{ method: 'POST' }, { query: { v: '2' } }]] })
      .optional();
  },
  get all(): z.ZodOptional<z.ZodType<readonly WhenConfig[]>> {
    return z
      .array(whenSchema)
      .min(1)
      .meta({ description: 'Each of these holds', examples: [[{ method: 'POST' }, { query: { v: '2' } }]] })
      .optional();
  },
  get not(): z.ZodOptional<z.ZodType<WhenConfig>> {
    return whenSchema.optional().meta({ description: 'This does not hold', examples: [{ method: 'POST' }] });
  },
});

/** What a route asks of a request besides host and path. */
export const whenSchema: z.ZodType<WhenConfig> = keys
  .check(notEmpty('leave it out, or write for example { method: GET }'))
  .meta({
    id: 'when',
    description: 'What must be true of a request, all keys together',
    examples: [{ method: ['GET', 'HEAD'], header: { accept: { contains: 'json' } } }],
  });
