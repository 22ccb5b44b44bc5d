import { isIPv6 } from 'node:net';

import type { ReverseItem } from './reverse-item.ts';

/** NetManager's settings that hold for all items. */
export interface ImportOptions {
  /** "Pass through Host". */
  readonly passHost: boolean;
  /** Paths without regard to case, which NetManager does not have. */
  readonly ignoreCase: boolean;
  readonly blockNtlm: boolean;
  readonly blockNegotiate: boolean;
}

/** Where the certificate is to be put. */
const certificate = 'certs/server.pem';

/** A config that does what the items say, with comments that say what each has become. */
export function writeConfig(items: readonly ReverseItem[], options: ImportOptions): string {
  const usesTls = items.some(({ from }) => from.kind === 'path' || from.scheme === 'https');
  return [
    '# Made of NetManager\'s apache_reverse by "postern import reverse-lines".',
    'listeners:',
    '  http: { address: ":80" }',
    ...(usesTls ? tlsListener : []),
    '# What Host says to the servers: "preserve" is what clients sent ("Pass through Host"), "server" the name in the URL.',
    `forwarding: { hostHeader: ${options.passHost ? 'preserve' : 'server'} }`,
    'routes:',
    ...items.flatMap((item) => routeLines(item, usesTls, options)),
    '',
  ].join('\n');
}

const tlsListener: readonly string[] = [
  '  https:',
  '    address: ":443"',
  '    # Put your certificate (with its chain) and its key there, or name your own files.',
  `    tls: { certificates: [${certificate}] }`,
];

function routeLines(item: ReverseItem, usesTls: boolean, options: ImportOptions): string[] {
  const { from, to } = item;
  const keys = [
    ...(from.kind === 'host' ? [`host: ${scalar(isIPv6(from.host) ? `[${from.host}]` : from.host)}`] : []),
    `path: ${scalar(from.path)}`,
    `to: ${scalar(to.origin + to.path)}`,
    ...transport(item, usesTls),
    ...(options.ignoreCase ? ['ignoreCase: true'] : []),
    ...translation(options),
  ];
  const comments = [`item ${item.number}: ${item.text}`, meaning(item), ...hints(item)];
  return [...comments.map((text) => `  # ${text}`), ...keys.map((key, i) => `  ${i === 0 ? '-' : ' '} ${key}`)];
}

function transport({ from, httpsOnly, httpsRedirect }: ReverseItem, usesTls: boolean): string[] {
  if (httpsRedirect) return ['https: redirect'];
  if (httpsOnly) return ['https: only'];
  if (from.kind === 'path' || !usesTls) return [];
  return [`listeners: [${from.scheme}]`];
}

function translation({ blockNtlm, blockNegotiate }: ImportOptions): string[] {
  const blocks = [...(blockNtlm ? ['blockNtlm: true'] : []), ...(blockNegotiate ? ['blockNegotiate: true'] : [])];
  return blocks.length === 0 ? [] : [`translate: { ${blocks.join(', ')} }`];
}

function meaning({ from, httpsOnly, httpsRedirect }: ReverseItem): string {
  const what = from.kind === 'path' ? 'this path of every host' : `the host ${from.host}`;
  if (httpsRedirect) return `${what}, over https; plain http is sent there`;
  if (httpsOnly) return `${what}, over https only; plain http is refused`;
  if (from.kind === 'path') return `${what}, over http and https`;
  return `${what}, over ${from.scheme} only`;
}

function hints({ from, to }: ReverseItem): string[] {
  const slashes = from.path.endsWith('/') !== to.path.endsWith('/') && from.path !== '/' && to.path !== '/';
  return [
    ...(from.kind === 'host' && from.path !== '/' ? ['hint: a host rarely needs a path behind it'] : []),
    ...(to.secure
      ? ['hint: the certificate of this server is checked; "tls: { ca: ... }" names another authority']
      : []),
    ...(slashes ? ['hint: path and URL should both end with a slash, or neither'] : []),
  ];
}

/** As YAML: plain where that is safe, in quotes where it might mean something else. */
function scalar(text: string): string {
  return /^[A-Za-z/][\w./-]*(:\/\/[\w.-]+(:\d+)?[\w./-]*)?$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
