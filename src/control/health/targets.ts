import { isIP } from 'node:net';

import {
  TlsPeer,
  type HttpCheckPlan,
  type OtherPlace,
  type PoolPlan,
  type SecureContexts,
  type ServerPlan,
} from '../../proxy/index.ts';
import type { HttpQuestion } from './http-ask.ts';
import type { Target } from './reach.ts';

/** A server of a pool. */
export interface Subject {
  readonly pool: PoolPlan;
  readonly server: ServerPlan;
}

export interface TargetEnv {
  /** What a host of a server resolves to now: as threads know it. */
  readonly addressesOf: (host: string) => readonly string[];
  readonly contexts: SecureContexts;
}

export interface TargetOptions {
  readonly place: OtherPlace;
  readonly secure: boolean;
  readonly timeoutMs: number;
  /** What is offered by ALPN; default: HTTP/1. */
  readonly protocol?: 'h2';
}

/** A session is gone on with for so long: whether the certificate is still valid shows in a whole handshake alone. */
const sessionMs = 60_000;

/** Finds where a server is to be asked, each time anew: its name may lead elsewhere by then. */
export class Targets {
  readonly #env: TargetEnv;
  readonly #subject: Subject;
  readonly #place: OtherPlace;
  readonly #timeoutMs: number;
  readonly #peer: TlsPeer | undefined;
  #wholeAt = -Infinity;

  constructor(env: TargetEnv, subject: Subject, { place, secure, timeoutMs, protocol }: TargetOptions) {
    const { address, name, serverName } = subject.server;
    const host = serverName ?? (address.kind === 'tcp' ? address.host : 'localhost');
    // The name of a server has `***` where a part of its URL is a secret.
    const shown = name.includes('***') ? 'the host of its URL' : host;
    this.#env = env;
    this.#subject = subject;
    this.#place = place;
    this.#timeoutMs = timeoutMs;
    this.#peer = secure ? new TlsPeer(subject.pool.tls, host, env.contexts, shown) : undefined;
    if (this.#peer !== undefined && protocol !== undefined) this.#peer.protocols = [protocol];
  }

  /** @param now by a clock that never goes back. */
  next(now: number): Target {
    const { pool } = this.#subject;
    if (this.#peer !== undefined && now - this.#wholeAt >= sessionMs) {
      this.#peer.session = undefined;
      this.#wholeAt = now;
    }
    const timeoutMs = Math.min(this.#timeoutMs, pool.timeouts.connectMs);
    return { dial: { address: this.address, sourceAddress: pool.sourceAddress, timeoutMs }, peer: this.#peer };
  }

  get address(): Target['dial']['address'] {
    const { address } = this.#subject.server;
    const { address: other, port } = this.#place;
    if (address.kind === 'unix') {
      if (port === undefined) return address;
      return { kind: 'tcp', addresses: [other ?? '127.0.0.1'], port };
    }
    const { host } = address;
    const own = isIP(host) === 0 ? this.#env.addressesOf(host) : [host];
    return { kind: 'tcp', addresses: other === undefined ? own : [other], port: port ?? address.port };
  }
}

/** A page of a server that is asked for again and again. */
export type Page = Pick<HttpCheckPlan, 'method' | 'path' | 'headers' | 'host'> & {
  /** From the beginning to the end of it all. */
  readonly timeoutMs: number;
  /** False: nobody wants to see the body. */
  readonly readsBody: boolean;
};

/** The fields of such a request that are the same whatever carries it. */
export function pageFields(
  { server }: Subject,
  { method, headers, host = server.hostHeader }: Page,
): readonly (readonly [name: string, value: string])[] {
  const own: [string, string][] = [
    ['Host', host],
    ['User-Agent', 'Postern-health-check'],
    ['Accept', '*/*'],
  ];
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const fields = [...own.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
  return method === 'GET' || method === 'HEAD' ? fields : [...fields, ['Content-Length', '0']];
}

/** The bytes of such a request by HTTP/1. */
export function questionOf(subject: Subject, page: Page): HttpQuestion {
  const { method, path, timeoutMs, readsBody } = page;
  const fields = [...pageFields(subject, page), ['Connection', 'close']];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    method,
    head: `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`,
    limits: subject.pool.limits,
    lenient: subject.pool.lenient,
    readsBody,
    timeoutMs,
  };
}
