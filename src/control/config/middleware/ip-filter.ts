import { z } from 'zod';

import type { IpFilterConfig } from '../../../proxy/index.ts';
import { quote, type ConfigPath } from '../config-problem.ts';
import { readFilePath, text } from '../leaf.ts';
import { readNetwork } from '../network.ts';
import { good, type Reading } from '../reading.ts';
import { compileAddresses, type ListedNetwork } from './address-lists.ts';
import type { FeatureSchema, ResolveEnv } from './feature-schema.ts';
import { linesOf } from './list-file.ts';

/** A million networks. */
const mostBytes = 32_000_000;

type Entry = string | { readonly file: string };

interface Lists {
  readonly allow?: readonly Entry[] | undefined;
  readonly deny?: readonly Entry[] | undefined;
}

const listed = z.union([
  text(readEntry, { description: 'A network, an address, or `unix`', examples: ['10.0.0.0/8', 'unix'] }),
  z.strictObject({
    file: text(readFilePath, {
      description: 'A file with one network or address a line; what follows a `#` is a comment',
      examples: ['office.txt'],
    }),
  }),
]);

const schema: z.ZodType<Lists> = z
  .strictObject({
    allow: z
      .array(listed)
      .min(1)
      .optional()
      .meta({
        description:
          'Who may pass; with it, all others are refused. `unix` stands for clients of unix sockets, which have no address',
        examples: [['10.0.0.0/8', { file: 'office.txt' }]],
      }),
    deny: z
      .array(listed)
      .min(1)
      .optional()
      .meta({ description: 'Who is refused; without `allow`, all others pass', examples: [['192.0.2.0/24']] }),
  })
  .superRefine(({ allow, deny }, context) => {
    if (allow !== undefined || deny !== undefined) return;
    context.addIssue({
      code: 'custom',
      message: 'there is no list in it',
      params: { remedy: 'write for example { allow: [10.0.0.0/8] }' },
    });
  })
  .meta({
    description:
      'Lets clients in by their address, after trusted proxies were believed. Where an address is in networks of both lists, the longest one counts; where they are equally long, it is refused',
    examples: [{ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] }],
  });

/** By the address of the client. */
export const ipFilterSchema: FeatureSchema<Lists> = {
  schema,
  resolve({ allow, deny }, env): IpFilterConfig | undefined {
    const others = allow === undefined;
    const read = { networks: [] as ListedNetwork[], unix: others };
    let whole = true;
    // `deny` last: it wins where both name `unix`.
    for (const [key, entries = []] of [['allow', allow] as const, ['deny', deny] as const]) {
      for (const [i, each] of entries.entries()) whole = add(each, key === 'allow', read, [env, i]) && whole;
    }
    return whole ? { addresses: compileAddresses(read.networks, others), unix: read.unix, others } : undefined;
  },
};

function add(
  entry: Entry,
  pass: boolean,
  read: { networks: ListedNetwork[]; unix: boolean },
  [env, index]: readonly [ResolveEnv, number],
): boolean {
  if (typeof entry !== 'string') {
    return addFile(entry.file, pass, read.networks, {
      ...env,
      path: [...env.path, pass ? 'allow' : 'deny', index, 'file'],
    });
  }
  if (entry === 'unix') read.unix = pass;
  else read.networks.push({ network: entry, pass });
  return true;
}

function addFile(
  name: string,
  pass: boolean,
  networks: ListedNetwork[],
  { files, problems, path }: ResolveEnv,
): boolean {
  const file = files.read(name, { what: 'the list of addresses', key: path, maxBytes: mostBytes });
  if (file === undefined) return false;
  for (const { line, content } of linesOf(file.bytes)) {
    const reading = readNetwork(content);
    if (reading.ok) {
      networks.push({ network: reading.value, pass });
      continue;
    }
    const where = `Cannot use line ${line} of ${problems.show(path, name)}: ${reading.what}`;
    const better = reading.better === undefined ? reading.remedy : `write ${quote(reading.better)}`;
    problems.add({ path: path satisfies ConfigPath, message: where, remedy: better, outside: true });
    return false;
  }
  return true;
}

function readEntry(value: string): Reading<string> {
  return value === 'unix' ? good(value) : readNetwork(value);
}
