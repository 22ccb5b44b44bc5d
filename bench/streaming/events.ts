import { clientFor, type Client, type Version } from './client.ts';

/** How long after they were written events came, ms. */
export interface EventDelays {
  /** The first of each stream: heads, and where there is none a connection, come before it. */
  readonly first: readonly number[];
  readonly later: readonly number[];
}

const everyMs = 10;

/** Opens so many streams of events one after the other, over one client; each is held until its last event. The first does not count. */
export async function measureEvents(
  version: Version,
  base: string,
  path: string,
  { streams, events }: { readonly streams: number; readonly events: number },
): Promise<EventDelays> {
  using client = clientFor(version, base);
  const first: number[] = [];
  const later: number[] = [];
  for (let stream = 0; stream <= streams; stream++) {
    const [opening, ...rest] = await delaysOf(client, `${path}/events?n=${events}&ms=${everyMs}`);
    if (stream === 0 || opening === undefined) continue;
    first.push(opening);
    later.push(...rest);
  }
  return { first, later };
}

async function delaysOf(client: Client, path: string): Promise<number[]> {
  const { body, answer } = client.ask('GET', path);
  body.end();
  const delays: number[] = [];
  let text = '';
  for await (const chunk of (await answer).setEncoding('utf8')) {
    const now = process.hrtime.bigint();
    text += String(chunk);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      delays.push(Number(now - BigInt(text.slice('data: '.length, end))) / 1e6);
      text = text.slice(end + 2);
    }
  }
  return delays;
}
