import { runH2load, type Http2Load } from '../measure/h2load.ts';
import type { Work } from '../measure/rounds.ts';
import { large } from '../peers/origin.ts';

/** What is measured over HTTP/2 and TLS, HTTP/1.1 to the origin: small requests one at a time on a connection and twenty at once, and large bodies. */
export const http2Work: Readonly<Record<'h2' | 'h2-streams' | 'h2-bodies', Work>> = {
  h2: { ...over({ path: '/', connections: 64, streams: 1 }), count: (result) => result.requests },
  'h2-streams': { ...over({ path: '/', connections: 8, streams: 20 }), count: (result) => result.requests },
  'h2-bodies': {
    ...over({ path: large.path, connections: 4, streams: 2 }),
    count: (result) => result.bytes / large.bytes,
  },
};

function over(load: Http2Load): Omit<Work, 'count'> {
  return { ...load, load: (bench, proxy) => runH2load(bench, proxy, load) };
}
