import { z } from 'zod';

import { plainHttp2, plainProtocol, type Http2ListenerPlan } from '../../proxy/index.ts';
import type { ProtocolConfig } from './config.ts';
import { count, duration, flag, size } from './leaf.ts';

/** Both sides count streams and bytes alike. A window is never smaller than the one that HTTP/2 begins with (65,535 bytes). */
const window = { min: '64KiB', max: '64MiB' };
const streams = [1, 1000] as const;
const silence = { min: '0s', max: '1d' };
const wait = { min: '100ms', max: '1h' };

const keys = z
  .strictObject({
    maxStreams: count('Requests that a connection may have open at once', 100, streams).default(128),
    connectionWindow: size(
      'Bytes of request bodies that a connection may have with us, all of its requests together, while servers take them slower than they come',
      '4MiB',
      window,
    ).prefault('1MiB'),
    pingAfter: duration(
      'A connection with open requests that is silent for so long is asked whether it is still there (PING); `0s`: never',
      '30s',
      silence,
    ).prefault('60s'),
    pingTimeout: duration('It is closed where no answer to that comes in so long', '10s', wait).prefault('20s'),
  })
  .transform(({ pingAfter, pingTimeout, ...rest }) => ({
    ...rest,
    pingAfterMs: pingAfter,
    pingTimeoutMs: pingTimeout,
  }));

/** The key `http2` of a listener. */
export const http2Schema: z.ZodType<Http2ListenerPlan | false> = z
  .union([
    flag('Whether clients may speak HTTP/2', false).transform((on): Http2ListenerPlan | false => on && plainHttp2),
    keys,
  ])
  .meta({
    description:
      'HTTP/2 from clients: over TLS from those that ask for it in the handshake (ALPN), over plain HTTP from those that begin with it (prior knowledge, h2c). `true`; `false`: HTTP/1 only; or a map of its bounds',
    examples: [false, { maxStreams: 100 }],
  });

const version = z.enum(['http1', 'http2', 'auto']).meta({
  description:
    '`http1`: never HTTP/2. `http2`: nothing else, with prior knowledge (h2c) where the URL is `http://`. `auto`: what an `https://` server chooses in the handshake (ALPN), and HTTP/1 for all others. Unless set: `http2` for `h2c://` URLs, else `auto`',
  examples: ['http2', 'http1'],
});

const protocolKeys = z
  .strictObject({
    version: version.optional(),
    maxStreams: count('Requests that a connection carries at once; the server may say fewer', 50, streams).default(100),
    connectionWindow: size(
      'Bytes of answers that a connection may have with us, all of its requests together, while clients take them slower than they come',
      '4MiB',
      window,
    ).prefault('1MiB'),
    pingAfter: duration(
      'A connection that is silent for so long is asked whether it is still there (PING); `0s`: never',
      '10s',
      silence,
    ).prefault('30s'),
    pingTimeout: duration(
      'It is closed, with all that it carries, where no answer to that comes in so long',
      '5s',
      wait,
    ).prefault('10s'),
  })
  .transform(({ pingAfter, pingTimeout, ...rest }) => ({
    ...rest,
    pingAfterMs: pingAfter,
    pingTimeoutMs: pingTimeout,
  }));

/** The key `protocol` of a pool, and of a route with a URL. */
export const protocolSchema: z.ZodType<ProtocolConfig> = z
  .union([version.transform((only): ProtocolConfig => ({ ...plainProtocol, version: only })), protocolKeys])
  .meta({
    description:
      'Which protocol servers are spoken to by: `http1`, `http2` or `auto`, or a map that says more. Unless set: `http2` for `h2c://` URLs, else `auto`',
    examples: ['http2', { version: 'http2', maxStreams: 50 }],
  });
