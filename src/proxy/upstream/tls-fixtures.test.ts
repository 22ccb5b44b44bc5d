import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { needing } from '../../../test/harness/peers/needing.ts';
import type { HandSource } from '../fixtures.test.ts';
import { defaultServerTls, type ServerTlsPlan } from '../pool-plan.ts';

const run = promisify(execFile);
const { test: overTls } = needing('openssl');

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A server that speaks TLS over connections that a test has accepted. */
export interface SecureSetting {
  readonly plan: ServerTlsPlan;
  /** The server's ends. */
  readonly accepted: tls.TLSSocket[];
  accept(socket: net.Socket): tls.TLSSocket;
}

/** A self-signed certificate for this name, made at most once in a test file. */
export function identityFor(name: string): () => Promise<Identity> {
  let made: Promise<Identity> | undefined;
  return () => (made ??= selfSigned(name));
}

async function selfSigned(name: string): Promise<Identity> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')];
  try {
    const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    await run('openssl', ['req', '-x509', ...algorithm, ...names, '-keyout', key, '-out', cert]);
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const serverIdentity: () => Promise<Identity> = identityFor('server.test');

export function secureSetting({ cert, key }: Identity): SecureSetting {
  const secureContext = tls.createSecureContext({ cert, key });
  const accepted: tls.TLSSocket[] = [];
  return {
    plan: { ...defaultServerTls, ca: cert },
    accepted,
    accept(raw) {
      const socket = new tls.TLSSocket(raw, { isServer: true, secureContext });
      socket.resetAndDestroy = () => {
        raw.resetAndDestroy();
        return socket;
      };
      socket.pause();
      accepted.push(socket);
      return socket;
    },
  };
}

/** The same test with a plain server and with one that speaks TLS. */
export function overEach(name: string, body: (secure: SecureSetting | undefined) => Promise<void>): void {
  void test(name, () => body(undefined));
  overTls(`${name} (over TLS)`, async () => body(secureSetting(await serverIdentity())));
}

/** What a source was told, but for `resume`: over TLS each write waits for a turn of the loop. */
export function withoutResume({ events }: HandSource): string[] {
  return events.filter((event) => event !== 'resume');
}
