// Writes docs/reference/ from the schemas of the config and of the admin API: `node tools/reference.ts`. A test compares the two.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { openApi } from '../src/control/admin/open-api.ts';
import { configJsonSchema, type JsonSchema } from '../src/control/config/json-schema.ts';
import { sample } from '../src/control/config/sample.ts';

/** Name and content of every generated file. */
export function referenceFiles(): ReadonlyMap<string, string> {
  const schema = configJsonSchema();
  return new Map([
    ['postern.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['config.md', reference(schema)],
    ['openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`],
  ]);
}

/** Where they are. */
export const referenceFolder: URL = new URL('../docs/reference/', import.meta.url);

const introduction = `# Config reference

Made by \`node tools/reference.ts\` from the schema that checks configs; do not edit.

A config is YAML or JSON; both have the keys below. A first line

\`\`\`yaml
# yaml-language-server: $schema=postern.schema.json
\`\`\`

with the path of [postern.schema.json](postern.schema.json) lets editors complete and check it while you type; in JSON the key
\`$schema\` does the same. \`postern check\` names every mistake with its line and column.

## How values are written

- **Durations** are whole numbers with a unit: \`500ms\`, \`10s\`, \`5m\`, \`1h\`, \`2d\`. A number without a unit is refused.
- **Sizes** are whole numbers with a unit. \`B\`, \`kB\`, \`MB\` and \`GB\` go by thousands (\`32kB\` is 32000 bytes), \`KiB\`, \`MiB\` and \`GiB\`
  by 1024. A rate is a size a second: \`240B/s\`.
- **Secrets**: \`\${NAME}\` in a text stands for an environment variable, \`\${file:path}\` for what a file holds (relative to the config file, UTF-8, at
  most 64 kB, without its last line break). \`$\${\` is a plain \`\${\`. A variable or file that is not there is an error. What was put in is never
  shown: messages, logs and names have \`***\` in its place. It is always text, so it cannot be a number or \`true\`.
- **Paths of files and sockets** are relative to the folder of the config file.
- **Names** of listeners, routes and pools have letters, digits, \`_\`, \`-\` and \`.\`.
- YAML's anchors and aliases work; merge keys (\`<<\`) and tags (\`!\`) do not. What begins with \`*\` needs quotes: \`host: "*.example.com"\`.
- A file has at most 16 MB.

The tables say what a key is when it is not there. *Needed* keys have no default.
`;

function reference(schema: JsonSchema): string {
  const keys = Object.entries(schema.properties ?? {}).filter(([key]) => !key.startsWith('$'));
  const sections = keys.map(([key, value]) => section(key, value, schema.required?.includes(key) ?? false));
  const shared = Object.entries(schema.$defs ?? {}).map(([name, value]) => definition(name, value));
  return [introduction, ...sections, ...shared].join('\n');
}

const tableHead = ['| key | type | default | meaning | example |', '|---|---|---|---|---|'];

function section(key: string, schema: JsonSchema, needed: boolean): string {
  const rows = rowsBelow(key, schema);
  const facts = `${typeOf(schema)}. ${needed ? 'Needed.' : `Default: ${defaultOf(schema, false)}.`}`;
  const parts = [`## ${key}\n`, `${schema.description ?? ''}.\n`, `${capital(facts)}${exampleLine(schema)}\n`];
  if (rows.length > 0) {
    parts.push([...tableHead, ...rows].join('\n'), '');
  }
  return parts.join('\n');
}

/** What several keys are made of, and what may hold itself. */
function definition(name: string, schema: JsonSchema): string {
  const lines = [`## ${name}\n`, `${schema.description ?? ''}.${exampleLine(schema)}\n`];
  return [...lines, ...tableHead, ...rowsBelow('', schema), ''].join('\n');
}

/** One row for each key below, depth first. */
function rowsBelow(prefix: string, schema: JsonSchema): string[] {
  const maps = [schema, ...(schema.anyOf ?? [])];
  return maps.flatMap((each) => {
    const named =
      typeof each.additionalProperties === 'object' ? rowsBelow(`${prefix}.<name>`, each.additionalProperties) : [];
    const items = each.items ? rowsBelow(`${prefix}[]`, each.items) : [];
    const own = Object.entries(each.properties ?? {}).flatMap(([key, value]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      return [row(path, value, each.required?.includes(key) ?? false), ...rowsBelow(path, value)];
    });
    return [...named, ...items, ...own];
  });
}

function row(path: string, schema: JsonSchema, needed: boolean): string {
  const examples = (schema.examples ?? []).map((each) => code(sample(each))).join(', ');
  const cells = [code(path), typeOf(schema), defaultOf(schema, needed), schema.description ?? '', examples];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

function exampleLine(schema: JsonSchema): string {
  const examples = (schema.examples ?? []).map((each) => code(sample(each)));
  return examples.length === 0 ? '' : ` Example: ${examples.join(', ')}.`;
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return link(schema.$ref);
  if (schema.unit !== undefined) return schema.unit;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.const !== undefined) return code(sample(schema.const));
  if (schema.enum) return schema.enum.map((each) => code(sample(each))).join(', ');
  if (schema.type === 'array') return `list of ${schema.items ? plural(typeOf(schema.items)) : 'values'}`;
  const names: Readonly<Record<string, string>> = { string: 'text', boolean: '`true` or `false`', object: 'map' };
  return names[schema.type ?? ''] ?? schema.type ?? 'any';
}

/** To the section that says what it is. */
function link(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function plural(name: string): string {
  return name.replaceAll(/\b(text|map)\b/g, '$1s');
}

function defaultOf(schema: JsonSchema, needed: boolean): string {
  if (needed) return '*needed*';
  if (schema.default === undefined) return 'none';
  const isSection = typeof schema.default === 'object' && !Array.isArray(schema.default);
  return isSection ? 'as below' : code(sample(schema.default));
}

function code(text: string): string {
  return `\`${text}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of referenceFiles()) {
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    await writeFile(new URL(name, referenceFolder), content);
  }
}
