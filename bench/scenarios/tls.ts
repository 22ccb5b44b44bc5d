import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { runHandshakes } from '../measure/handshake-load.ts';
import type { Work } from '../measure/rounds.ts';
import type { Peer, TlsFiles } from '../peers/peer.ts';

/** Connections at once while handshakes are measured. */
const handshakeConnections = 8;

/** What is measured over TLS: small requests over kept connections; and a TLS 1.3 handshake and one request a connection. */
export const tlsWork: Readonly<Record<'tls' | 'handshakes' | 'resumed', Work>> = {
  tls: { path: '/', connections: 64, count: (result) => result.requests },
  handshakes: handshakes('full'),
  resumed: handshakes('resumed'),
};

function handshakes(how: string): Work {
  return {
    path: '/',
    connections: handshakeConnections,
    count: (result) => result.requests,
    load: (bench, proxy) => runHandshakes(bench, proxy.port, handshakeConnections, how),
  };
}

/** The peers that speak TLS, with a certificate of their own kind: ECDSA P-256, as most sites have. */
export function overTls(bench: Bench, peers: readonly Peer[]): readonly Peer[] {
  const files = makeCertificate(bench.folder);
  return peers
    .filter((peer) => peer.speaksTls)
    .map((peer) => ({ ...peer, prepare: (site) => peer.prepare({ ...site, tls: files }), tls: true }));
}

function makeCertificate(folder: string): TlsFiles {
  const cert = join(folder, 'bench.crt');
  const key = join(folder, 'bench.key');
  const subject = ['-subj', '/CN=bench.test', '-addext', 'subjectAltName=DNS:bench.test'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-days', '30', ...made, ...subject], { stdio: 'ignore' });
  return { cert, key };
}
