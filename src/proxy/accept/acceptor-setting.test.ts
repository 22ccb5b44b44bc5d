import type net from 'node:net';
import type { ListenAddress } from '../plan.ts';
import { Acceptor, type AcceptedConnection } from './acceptor.ts';
import { ConnectionGate } from './connection-gate.ts';
import { connectTo, keepingLogger, planFor, readAll, until } from './fixtures.test.ts';
import type { Listener } from './listener.ts';
import type { ReadBy } from './raw-accept.ts';

/** What the tests of the acceptor share. */

export interface Setting {
  readonly acceptor: Acceptor;
  readonly gate: ConnectionGate;
  readonly log: ReturnType<typeof keepingLogger>;
  readonly clock: { ms: number };
  readonly connections: AcceptedConnection[];
  /** Opens a listener that is closed at the end. */
  readonly open: (address: ListenAddress) => Promise<Listener>;
}

export const echo = (connection: AcceptedConnection): void => {
  connection.onBytes = (chunk) => connection.socket.write(Buffer.from(chunk));
  connection.socket.on('end', () => connection.socket.end());
  connection.socket.on('drain', () => connection.socket.resume());
  connection.socket.resume();
};

export async function setUp(
  body: (setting: Setting) => Promise<void>,
  onConnection: (connection: AcceptedConnection) => void = echo,
  readBy: ReadBy = 'onread',
): Promise<void> {
  const gate = new ConnectionGate();
  const log = keepingLogger();
  const clock = { ms: 0, now: () => clock.ms, date: () => 0 };
  const acceptor = new Acceptor({ gate, log, clock, readBy });
  const connections: AcceptedConnection[] = [];
  const listeners: Listener[] = [];
  const open: Setting['open'] = async (address) => {
    const listener = await acceptor.open({ plan: planFor(address), tls: undefined }, (connection) => {
      connections.push(connection);
      onConnection(connection);
    });
    listeners.push(listener);
    return listener;
  };
  try {
    await body({ acceptor, gate, log, clock, connections, open });
  } finally {
    await Promise.all(listeners.map((listener) => listener.close()));
    for (const { socket } of connections) socket.destroy();
    await until(() => gate.open === 0);
  }
}

export const portOf = (listener: Listener): number =>
  Number(listener.address.slice(listener.address.lastIndexOf(':') + 1));
export const at = (host: string, listener: Listener): net.AddressInfo => ({
  address: host,
  family: 'IPv4',
  port: portOf(listener),
});

export async function echoed(where: string | net.AddressInfo): Promise<string> {
  const client = await connectTo(where, { allowHalfOpen: true });
  client.end('hello');
  const answer = await readAll(client);
  client.destroy();
  return String(answer);
}
