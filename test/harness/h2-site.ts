import type { PlanSpec, PoolSpec } from './plan-of.ts';
import type { World } from './proxy-test.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';
import { RawH2Server, type H2Script, type ServerOptions } from '../h2/raw/raw-h2-server.ts';

export interface H2Site {
  readonly proxy: ProxyUnderTest;
  readonly server: RawH2Server;
}

const idle: H2Script = () => undefined;

/** A proxy before a server whose connections a test drives by hand. Nothing is tried again that need not be. */
export async function h2Site(
  world: World,
  { pool, script = idle, options }: { pool?: Partial<PoolSpec>; script?: H2Script; options?: ServerOptions } = {},
): Promise<H2Site> {
  const server = await RawH2Server.start(script, options);
  world.after(() => server.stop());
  const spec: PlanSpec = { pool: { protocol: { version: 'http2' }, retries: { attempts: 0 }, ...pool } };
  return { server, proxy: await world.proxy({ servers: [server], ...spec }) };
}

/** Answers all requests of a connection with its number. */
export const answering: H2Script = async (connection, server) => {
  const number = server.connections.indexOf(connection);
  for (let i = 0; connection.ending === 'open'; i++) {
    const id = await connection.stream(i).catch(() => 0);
    if (id === 0) return;
    connection.answer(id, `connection ${number}`);
  }
};
