import { closeFrame } from '../../wire/websocket/close-frame.ts';
import type { Exchange } from '../exchange.ts';
import {
  clientOf,
  exchangeOf,
  HandSource,
  KeepReply,
  KeepSink,
  TestEnv,
  headersOf,
  listenerPlan,
} from '../fixtures.test.ts';
import { allocatePiece, SharedRow } from '../../core/shared/shared-rows.ts';
import type { TunnelPlan } from '../plan.ts';
import { plainRoute, type RoutePlan } from '../plan.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Tunnel } from './tunnel.ts';
import { Tunnels, type TunnelPool } from './tunnels.ts';

/** A frame of text that nobody has masked. */
export function frame(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x81, text.length), Buffer.from(text)]);
}

/** What a close of ours looks like. */
export const goingAway: string = closeFrame(1001).toString('latin1');

/** The code of a masked close at the end of these bytes. */
export function maskedCode(bytes: Buffer): number {
  const last = bytes.subarray(-8);
  return ((last[6]! ^ last[2]!) << 8) | (last[7]! ^ last[3]!);
}

/** A tunnel with both its sides in the test's hand. */
export class Sides {
  readonly client: HandSource = new HandSource();
  readonly server: HandSource = new HandSource();
  readonly toServer: KeepSink = new KeepSink();
  readonly reply: KeepReply = new KeepReply();
  readonly exchange: Exchange;
  readonly tunnel: Tunnel;

  constructor(world: TunnelWorld, parts: Partial<Exchange> & { tunnelPlan?: TunnelPlan; row?: SharedRow } = {}) {
    const { tunnelPlan, row, ...rest } = parts;
    const route: RoutePlan = {
      ...plainRoute,
      name: 'chat',
      hosts: [],
      path: { kind: 'prefix', path: '/' },
      listeners: undefined,
      pool: 'pool',
      replacePrefix: undefined,
      hostHeader: { kind: 'preserve' },
      upgrade: ['websocket'],
      tunnel: tunnelPlan,
    };
    const client = clientOf({ plan: listenerPlan() });
    const given = { upgrade: 'websocket', body: this.client, route, client, pool: 'pool', server: 'one' };
    this.exchange = exchangeOf({ ...given, ...rest });
    const tunnel = world.tunnels.enter(this.exchange, this.reply, row);
    if (tunnel instanceof ProxyError) throw tunnel;
    this.tunnel = tunnel;
  }

  /** The server says 101. */
  open(): this {
    const headers = headersOf();
    this.tunnel.respond({ status: 101, reason: '', headers, body: this.server, announcedLength: undefined });
    this.tunnel.toServer.start(this.toServer);
    return this;
  }

  get toClient(): KeepSink {
    return this.reply.sink;
  }

  /** What the client has got, letter by byte. */
  get clientGot(): string {
    return this.toClient.bytes.toString('latin1');
  }
}

/** Tunnels, a clock that is turned by hand, and one server. */
export class TunnelWorld {
  readonly env: TestEnv = new TestEnv();
  readonly errors: unknown[] = [];
  readonly serverRow: SharedRow = new SharedRow({ places: 1, pieces: [allocatePiece(1)] }, 0, 0);
  readonly tunnels: Tunnels;

  constructor() {
    const { clock, wheel } = this.env;
    this.tunnels = new Tunnels({ clock, wheel, bug: (error) => void this.errors.push(error) });
    this.tunnels.follow(this.pools('one'));
  }

  pools(...servers: readonly string[]): ReadonlyMap<string, TunnelPool> {
    return new Map([['pool', { servers: servers.map((name) => ({ server: { name }, row: this.serverRow })) }]]);
  }

  /** Lets time go by. */
  pass(ms: number): void {
    const end = this.env.ms + ms;
    while (this.env.ms < end) {
      this.env.ms = Math.min(end, this.env.ms + 100);
      this.env.wheel.advance();
    }
  }
}
