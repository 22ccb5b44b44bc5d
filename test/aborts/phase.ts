import { chunkedHead, get } from '../harness/requests.ts';
import type { Lane } from './site.ts';

/** Who ends it, and how. */
export type Kind =
  | 'client closes'
  | 'client half-closes'
  | 'client resets'
  | 'server closes'
  | 'server half-closes'
  | 'server resets'
  | 'time-out';

/**
 * What the access log says of each line that an exchange leaves, in order of time: its reason, or `ok` where it has none; more
 * than one with a bar between where the kernel decides. Empty: there is no line.
 */
export type Ends = { readonly [kind in Kind]?: string };

/** A point in the life of a connection or an exchange at which somebody goes away. */
export interface Phase {
  readonly name: string;
  readonly arrive: (lane: Lane) => unknown;
  readonly ends: Ends;
  /** What is done when somebody has ended it. */
  readonly finish?: (lane: Lane, kind: Kind) => unknown;
  /** The folder that its path lies in; default: the one of the plain route. */
  readonly folder?: string;
  /** What of all lanes together says that they have arrived, where the peers cannot see it. */
  readonly counts?: 'exchanges' | 'exchanges begun' | 'connections' | 'silent servers';
  /** The client does no handshake. */
  readonly bare?: true;
  /** Megabytes are on their way, or a real time-out is waited for: fewer of it. */
  readonly heavy?: true;
  /** Nobody notices before the time is up. */
  readonly slow?: readonly Kind[];
  readonly tlsOnly?: true;
}

export const none: Ends = {
  'client closes': '',
  'client half-closes': '',
  'client resets': '',
};

/** The request is whole, and no answer has begun. */
export const waiting: Ends = {
  'client closes': 'ok|client-abort',
  'client half-closes': 'ok',
  'client resets': 'client-abort',
  'server closes': 'server-closed|server-reset',
  'server half-closes': 'server-closed',
  'server resets': 'server-reset',
  'time-out': 'server-timeout',
};

/** The client still has to send some of it. */
export const sending: Ends = {
  ...waiting,
  'client closes': 'client-abort',
  'client half-closes': 'client-abort',
  'time-out': 'body-timeout',
};

export const answering: Ends = { ...waiting, 'time-out': 'server-idle-timeout' };

/** Both at once. */
export const crossing: Ends = { ...sending, 'time-out': 'body-timeout|server-idle-timeout' };

export const upgrade: string = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
export const switching: string = `HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n`;
export const length: string = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n';
export const chunked: string = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
export const untilClose: string = 'HTTP/1.1 200 OK\r\n\r\n';

export function put(path: string, fields: string): string {
  return `PUT ${path} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`;
}

/** A request that comes to the server with all that was sent. */
export function asks(request: (path: string) => string, last?: string): (lane: Lane) => Promise<void> {
  return async (lane) => {
    lane.send(request(lane.path));
    const server = await lane.arrival();
    if (last !== undefined) await server.takeThrough(last);
  };
}

/** An answer that begins with this and comes to the client so far. */
export function answers(
  beginning: string,
  last: string,
  request: (path: string) => string = get,
): (lane: Lane) => Promise<void> {
  return async (lane) => {
    await asks(request)(lane);
    lane.server!.send(beginning);
    await lane.client.takeThrough(last);
  };
}

/** The server says the rest of its answer to a client that has closed its side. */
export function says(rest: string): NonNullable<Phase['finish']> {
  return ({ server }, kind) => void (gentle(kind) && kind.startsWith('client') && server!.send(rest));
}

/** Not an abort: the other side may have something to say. */
export function gentle(kind: Kind): boolean {
  return !kind.endsWith('resets');
}

/** Each side that hears of the end of the other ends too. */
export function endsToo(lane: Lane, kind: Kind): void {
  if (!gentle(kind)) return;
  if (kind.startsWith('client')) lane.server!.end();
  else lane.client.end();
}

export const length6 = (path: string): string => `${put(path, 'Content-Length: 6\r\n')}abc`;
export const chunk6 = (path: string): string => `${chunkedHead(path)}6\r\nabc`;
export const expects = (path: string): string => put(path, 'Content-Length: 6\r\nExpect: 100-continue\r\n');
