import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ProcessTree } from '../measure/process-tree.ts';
import { clientFor, type Client, type Version } from './client.ts';

/** Resident memory of a process while a body goes through it. */
export interface BulkResult {
  readonly beforeBytes: number;
  readonly mostBytes: number;
  readonly seconds: number;
}

export interface Bulk {
  readonly way: 'down' | 'up';
  readonly bytes: number;
}

const piece = Buffer.alloc(65_536, 'x');
const lookMs = 100;
/** Goes through first, so that what the first bytes of a process need is not counted. */
const warmUpBytes = 200_000_000;

/** One body of so many bytes. @throws {Error} when fewer arrive */
export async function measureBulk(
  version: Version,
  base: string,
  path: string,
  { way, bytes, tree }: Bulk & { readonly tree: ProcessTree },
): Promise<BulkResult> {
  using client = clientFor(version, base);
  await transfer(client, path, { way, bytes: Math.min(bytes, warmUpBytes) });
  const beforeBytes = tree.rssBytes();
  let mostBytes = beforeBytes;
  const timer = setInterval(() => (mostBytes = Math.max(mostBytes, tree.rssBytes())), lookMs);
  const begun = performance.now();
  await transfer(client, path, { way, bytes }).finally(() => clearInterval(timer));
  return { beforeBytes, mostBytes, seconds: (performance.now() - begun) / 1000 };
}

async function transfer(client: Client, path: string, { way, bytes }: Bulk): Promise<void> {
  const arrived =
    way === 'down' ? await download(client, `${path}/down?n=${bytes}`) : await upload(client, path, bytes);
  if (arrived !== bytes) throw new Error(`Cannot use ${path}/${way}: ${arrived} of ${bytes} bytes arrived`);
}

async function download(client: Client, path: string): Promise<number> {
  const { body, answer } = client.ask('GET', path);
  body.end();
  const from = await answer;
  let arrived = 0;
  from.on('data', (chunk: Buffer) => (arrived += chunk.length));
  await new Promise<void>((resolve, reject) => {
    from.on('end', resolve).on('close', resolve);
    from.on('error', (error) => reject(new Error(`Cannot read on after ${arrived} bytes: ${error.message}`)));
  });
  return arrived;
}

async function upload(client: Client, path: string, bytes: number): Promise<number> {
  const { body, answer } = client.ask('POST', `${path}/up`);
  pour(body, bytes);
  return Number(await text(await answer));
}

function pour(to: Writable, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const next = left >= piece.length ? piece : piece.subarray(0, left);
      left -= next.length;
      if (!to.write(next)) return;
    }
    to.off('drain', more);
    to.end();
  };
  to.on('drain', more);
  more();
}
