import type { Judged } from './judged.ts';

/** Ciphers of TLS 1.2 that HTTP/2 may be spoken with: all others are on a list of refused ones (RFC 9113 appendix A). */
const fit = /^(?:ECDHE|DHE)-.*(?:GCM|CHACHA20|CCM)/;

/** What HTTP/2 does not go well with, though each of it may be meant. */
export function adviseHttp2(judged: Judged): void {
  adviseCiphers(judged);
  adviseCalls(judged);
}

/** Browsers that get a refused cipher, because it comes before better ones, show an error and no page. */
function adviseCiphers({ plan, problems }: Judged): void {
  for (const { name, tls, http2 } of plan.listeners) {
    if (tls === undefined || http2 === undefined || tls.minVersion === 'TLSv1.3') continue;
    const first = tls.ciphers.split(':').find((cipher) => cipher !== '' && !cipher.startsWith('TLS_'));
    if (first === undefined || fit.test(first)) continue;
    const of = ['listeners', name, 'tls'];
    problems.add({
      path: problems.isMissing([...of, 'ciphers']) ? of : [...of, 'ciphers'],
      end: 'key',
      message: `Browsers refuse HTTP/2 with the cipher ${first}, which comes first here for TLS 1.2`,
      remedy: 'put those with ECDHE and GCM or CHACHA20 first, or write http2: false',
      severity: 'warning',
    });
  }
}

/** Who is asked by gRPC speaks HTTP/2 alone: by HTTP/1 such servers would be up, and answer no request. */
function adviseCalls({ plan, problems }: Judged): void {
  for (const { name, servers, protocol, checks } of plan.pools) {
    const health = checks?.health;
    if (health?.how.kind !== 'grpc' || health.port !== undefined || health.address !== undefined) continue;
    const version = protocol?.version ?? 'auto';
    if (version === 'http2' || (version === 'auto' && servers.every(({ secure }) => secure))) continue;
    problems.add({
      path: ['pools', name, 'health'],
      end: 'key',
      message: `The servers of the pool "${name}" are asked by gRPC whether they work, and get requests by HTTP/1, which gRPC servers do not speak`,
      remedy: 'write h2c:// in place of http:// in the URLs, or protocol: http2 in the pool',
      severity: 'warning',
    });
  }
}
