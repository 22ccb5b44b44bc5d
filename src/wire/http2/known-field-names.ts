import { judgeName, type FieldName } from './field-kinds.ts';
import { staticRows } from './hpack-static-table.ts';

/** What blocks usually hold beside the names of the static table. */
const common = [
  ':protocol',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-request-headers',
  'access-control-request-method',
  'alt-svc',
  'content-security-policy',
  'dnt',
  'forwarded',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'origin',
  'pragma',
  'priority',
  'referrer-policy',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'sec-gpc',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'te',
  'traceparent',
  'trailer',
  'upgrade-insecure-requests',
  'x-content-type-options',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-frame-options',
  'x-powered-by',
  'x-real-ip',
  'x-request-id',
  'x-requested-with',
  'x-xss-protection',
];

const known: ReadonlyMap<string, FieldName> = new Map(
  [...staticRows.map((row) => row.name), ...common].map((name) => [name, judgeName(name)]),
);

/** A name that nearly all blocks are made of, already judged: one string object serves all messages. */
export function knownFieldName(name: string): FieldName | undefined {
  return known.get(name);
}
