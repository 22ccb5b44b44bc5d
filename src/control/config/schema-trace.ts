import { z } from 'zod';

import type { OtlpPlan } from '../../proxy/index.ts';
import type { TraceConfig } from './config.ts';
import { text } from './leaf.ts';
import { readFieldName } from './middleware/field-names.ts';
import { readNetwork } from './network.ts';
import { bad, good, type Reading } from './reading.ts';
import { sentFields } from './schema-sent-fields.ts';

/** A share, as a number from 0 to 1. */
function share(description: string, example: number): z.ZodNumber {
  return z
    .number()
    .min(0)
    .max(1)
    .meta({ description, examples: [example, 1], unit: 'number, 0 to 1' });
}

/** Where spans go: a whole URL, for nothing is put behind it. */
function readEndpoint(value: string): Reading<string> {
  const remedy = 'write for example http://127.0.0.1:4318/v1/traces';
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return bad('it is not a URL', remedy);
  if (url.username !== '' || url.password !== '') {
    return bad('there is a user in it', 'write the credentials as a field, in headers: { authorization: ... }');
  }
  if (url.hash !== '') return bad('there is a "#" in it', 'leave it out');
  if (url.pathname === '/') {
    return bad('it has no path', 'collectors take traces at /v1/traces', new URL('/v1/traces', url).href);
  }
  return good(url.href);
}

const fields = sentFields(
  'Fields of the requests to the collector, such as its key: best as `${NAME}` or `${file:...}`, for this is a secret',
  { authorization: 'Bearer ${OTLP_KEY}' },
).prefault({});

const otlp: z.ZodType<OtlpPlan> = z.strictObject({
  endpoint: text(readEndpoint, {
    description: 'URL of the collector, with its path; it takes OTLP over HTTP in JSON',
    examples: ['http://127.0.0.1:4318/v1/traces'],
  }),
  headers: fields,
  service: z
    .string()
    .min(1)
    .max(100)
    .default('postern')
    .meta({ description: 'What this proxy is called there: `service.name`', examples: ['postern', 'edge'] }),
  sample: share('Share of the traces that begin here which are sent; 1 is all', 0.05).default(0.01),
  continue: z
    .enum(['trusted', 'always', 'never'])
    .default('trusted')
    .meta({
      description:
        'Whose `traceparent` is believed, and with it whether the trace is sampled: that of `forwarding.trustedProxies`, of everyone, or of nobody. For all others a trace begins here',
      examples: ['trusted', 'never'],
    }),
});

/** The key that says which requests are traced. */
export const traceSchema: z.ZodType<TraceConfig> = z.strictObject({
  sample: share(
    'Share of the requests of which is kept what was decided about them, for `postern explain --id`',
    0.001,
  ).default(0),
  header: text(readFieldName, {
    description: 'A field of a request, of any value, that asks to be among them; unless set, none does',
    examples: ['X-Postern-Trace'],
  }).optional(),
  from: z
    .array(text(readNetwork, { description: 'A network or address', examples: ['10.0.0.0/8'] }))
    .prefault(['127.0.0.0/8', '::1'])
    .meta({
      description: 'Clients that may ask by `header`; this machine alone, unless set',
      examples: [['127.0.0.0/8', '::1', '10.1.0.0/16']],
    }),
  otlp: otlp.optional().describe('Sends spans to a collector of traces (OpenTelemetry). Unless set, none are made'),
});
