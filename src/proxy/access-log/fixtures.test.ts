import { Headers } from '../../core/headers.ts';
import type { Exchange } from '../exchange.ts';
import { listenerPlan } from '../fixtures.test.ts';

/** What a test or a benchmark may say of an exchange; the rest is as for a small GET that went well. */
export interface ExchangeParts extends Partial<Omit<Exchange, 'headers' | 'target'>> {
  readonly path?: string;
  readonly query?: string;
  readonly raw?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly listener?: string;
}

/** A finished exchange: 12.5 ms, begun at 1000 ms of the clock. */
export function exchangeOf(parts: ExchangeParts = {}): Exchange {
  const { path = '/', query = '', raw = path + query, fields = {}, listener = 'http', ...rest } = parts;
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) headers.add(name, value);
  return {
    id: '0190a5f3c1d2e3f4',
    client: {
      id: 1,
      listener,
      plan: listenerPlan(),
      address: '10.0.2.204',
      port: 50000,
      localPort: 443,
      trusted: false,
      tls: undefined,
      onClose: () => undefined,
    },
    clientAddress: '10.0.2.204',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    method: 'GET',
    target: { path, query, raw },
    authority: 'prtg.example.com',
    host: 'prtg.example.com',
    headers,
    body: undefined,
    upgrade: undefined,
    expectContinue: false,
    acceptsTrailers: false,
    dry: false,
    trace: undefined,
    timings: { started: 1000, headRead: 1000.2, queuedMs: 0, connected: 1001.5, firstByte: 1010.04, ended: 1012.5 },
    route: undefined,
    pool: 'prtg',
    server: 'http://10.0.0.5:8080',
    user: '',
    retries: 0,
    status: 200,
    reason: undefined,
    bytesIn: 0,
    bytesOut: 1234,
    ...rest,
  };
}
