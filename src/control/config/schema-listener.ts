import { z } from 'zod';

import type { ClientTimeouts } from '../../proxy/index.ts';
import type { MessageLimits } from '../../wire/http1/limits.ts';
import type { ListenerConfig } from './config.ts';
import { readMode } from './host-header.ts';
import { count, duration, flag, rate, size, text } from './leaf.ts';
import { readListenAddress } from './listen-address.ts';
import { http2Schema } from './schema-http2.ts';
import { tlsSchema } from './schema-tls.ts';

const wait = { min: '1ms', max: '7d' };

const timeouts: z.ZodType<ClientTimeouts> = z
  .strictObject({
    head: duration(
      'From the first byte of a request head to its last, answered with 408 after that; also from the connection to its first byte, closed after that',
      '10s',
      wait,
    ).prefault('30s'),
    bodyIdle: duration('Longest silence within a request body', '1m', wait).prefault('30s'),
    bodyMinRate: rate('What a request body must bring on average over each `bodyIdle`; `0B/s`: no minimum', '1kB/s', {
      min: '0B/s',
      max: '1GB/s',
    }).prefault('240B/s'),
    keepAlive: duration('How long a connection may wait for its next request', '30s', wait).prefault('75s'),
    write: duration('Longest time in which a client takes nothing of its answer', '1m', wait).prefault('30s'),
    tunnelIdle: duration(
      'Longest silence of both sides of a WebSocket or other upgraded connection',
      '8h',
      wait,
    ).prefault('1h'),
  })
  .transform((t) => ({
    headMs: t.head,
    bodyIdleMs: t.bodyIdle,
    bodyMinRate: t.bodyMinRate,
    keepAliveMs: t.keepAlive,
    writeMs: t.write,
    tunnelIdleMs: t.tunnelIdle,
  }));

/** Limits of a message, the same keys for requests (a listener) and answers (a pool). */
export function limitsSchema(of: string): z.ZodType<MessageLimits> {
  return z
    .strictObject({
      head: size(`Start line and fields of ${of} together`, '64kB', { min: '1kB', max: '1MB' }).prefault('32kB'),
      fields: count(`Fields of ${of}`, 200, [1, 10_000]).default(100),
      line: size(`One line: the start line or one field of ${of}`, '16kB', { min: '256B', max: '1MB' }).prefault('8kB'),
      chunkExtensions: size(`Chunk extensions in one body of ${of}`, '0B', { min: '0B', max: '1MB' }).prefault('4kB'),
      trailers: size(`Fields after a chunked body of ${of}`, '0B', { min: '0B', max: '1MB' }).prefault('8kB'),
    })
    .transform((l) => ({
      headBytes: l.head,
      fields: l.fields,
      lineBytes: l.line,
      chunkExtensionBytes: l.chunkExtensions,
      trailerBytes: l.trailers,
    }));
}

/** One listener. */
export const listenerSchema: z.ZodType<ListenerConfig> = z.strictObject({
  address: text(readListenAddress, {
    description:
      'Where it listens: `:8080` is IPv6 and IPv4 of every address, `0.0.0.0:8080` and `[::]:8080` one of both each, `127.0.0.1:8080`, `[::1]:8080` and `localhost:8080` are one address, `unix:/run/x.sock` is a socket file. Port 0 asks the system for a free one',
    examples: [':8080', '127.0.0.1:8080', '[::1]:8080', 'unix:/run/postern/web.sock'],
  }),
  mode: text(readMode, {
    description:
      'Permissions of the socket file in octal digits (in quotes); only with a `unix:` address, where it is `"0660"` unless set',
    examples: ['0660'],
  }).optional(),
  timeouts: timeouts
    .prefault({})
    .describe(
      'Waits on clients. None of them ends a transfer that makes progress. Whether there was any is looked at once in each `bodyIdle`, `write` or `tunnelIdle`: silence ends after one to two of them',
    ),
  limits: limitsSchema('a request')
    .prefault({})
    .describe(
      'Limits of requests. A larger one is answered with 431, with 414 where the request line is too long, with 400 for chunk extensions',
    ),
  paths: z
    .strictObject({ mergeSlashes: flag('Several slashes in a row count as one', false).default(true) })
    .prefault({})
    .describe('How paths are normalised before routes are matched. Dot segments are always resolved'),
  http2: http2Schema.prefault(true),
  tls: tlsSchema
    .optional()
    .describe('TLS on this listener: its certificates, and what clients may speak. Without it: plain HTTP'),
});
