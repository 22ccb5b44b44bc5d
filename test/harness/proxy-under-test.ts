import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';

import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/log.ts';
import {
  createDataPlane,
  type BoundListener,
  type DataEvent,
  type DataPlane,
  type DataPlaneStatus,
} from '../../src/proxy/index.ts';
import { AccessLines, checkLine, type LineSpec } from './access-lines.ts';
import { planOf, type PlanSpec } from './plan-of.ts';
import { until } from './until.ts';

/** A data plane in this process, with its access log in a temporary file. */
export class ProxyUnderTest {
  readonly plane: DataPlane;
  readonly log: AccessLines;
  /** The proxy's own messages. */
  readonly messages: string[] = [];
  /** For a collector of traces, in OTLP's JSON. */
  readonly spans: string[] = [];
  /** What it told main. */
  readonly events: DataEvent[] = [];
  readonly #logFile: string = path.join(tmpdir(), `postern-${randomUUID()}.log`);
  readonly #expected: LineSpec[] = [];
  #bound: readonly BoundListener[] = [];
  #turnedMs = 0;

  private constructor() {
    this.log = new AccessLines(this.#logFile);
    const clock = { now: () => systemClock.now() + this.#turnedMs, date: () => systemClock.date() };
    const spans = (batch: readonly string[]): void => void this.spans.push(...batch);
    const tell = (event: DataEvent): void => void this.events.push(event);
    this.plane = createDataPlane({ clock, log: collector(this.messages), spans, tell });
  }

  static async start(spec: PlanSpec): Promise<ProxyUnderTest> {
    const proxy = new ProxyUnderTest();
    await proxy.apply(spec);
    return proxy;
  }

  async apply(spec: PlanSpec): Promise<void> {
    this.#bound = await this.plane.apply(planOf(spec, this.#logFile));
  }

  /** Lets so much time go by for the proxy at once. */
  turnClock(ms: number): void {
    this.#turnedMs += ms;
  }

  /** Of the first listener, or of that with this name. */
  port(name?: string): number {
    const bound = name === undefined ? this.#bound[0] : this.#bound.find((listener) => listener.name === name);
    return Number(/:(\d+)$/.exec(bound?.address ?? '')?.[1]);
  }

  /** `127.0.0.1:port` of the first listener. */
  get authority(): string {
    return `127.0.0.1:${this.port()}`;
  }

  get status(): DataPlaneStatus {
    return this.plane.status();
  }

  /** Server connections, idle or not, of all pools. */
  get serverConnections(): { readonly open: number; readonly idle: number } {
    let [open, idle] = [0, 0];
    for (const pool of this.status.pools) {
      for (const server of pool.servers) [open, idle] = [open + server.open, idle + server.idle];
    }
    return { open, idle };
  }

  /** The log must have a line with this path and these values (or matching texts) when all is over: quicker than waiting for it. */
  expectLine(line: LineSpec): void {
    this.#expected.push(line);
  }

  /** When no client is there any more: nothing may be left of what they asked for. */
  async checkQuiet(): Promise<void> {
    await until('an end of all client connections', () => this.status.connections === 0 && this.status.exchanges === 0);
    await until(
      'idleness of all server connections',
      () => this.serverConnections.open === this.serverConnections.idle,
    );
    await until('an end of all that is counted for pools and servers', () => this.#counted === 0);
  }

  get #counted(): number {
    const sums = this.status.pools.map(({ waiting = 0, servers }) =>
      servers.reduce((sum, { exchanges = 0 }) => sum + Math.abs(exchanges), Math.abs(waiting)),
    );
    return sums.reduce((all, sum) => all + sum, 0);
  }

  async stop(): Promise<void> {
    await this.plane.stop();
    assert.equal(this.status.connections, 0, 'client connections after stop()');
    await until('an end of all server connections after stop()', () => this.serverConnections.open === 0);
    for (const line of this.#expected) checkLine(this.log.read(), line);
    const bugs = this.log.read().filter(({ reason }) => reason === 'internal-error');
    assert.deepEqual(bugs, [], 'exchanges that ended in an internal error');
    const errors = this.messages.filter((message) => message.startsWith('error'));
    assert.deepEqual(errors, [], 'messages of level error');
  }

  /** Ends it, whatever its state, and removes its log. */
  async discard(): Promise<void> {
    await this.plane.stop();
    await rm(this.#logFile, { force: true });
  }
}

function collector(messages: string[]): Logger {
  const at =
    (level: string) =>
    (message: string): void =>
      void messages.push(`${level} ${message}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
