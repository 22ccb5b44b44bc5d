import type { BodySource } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import type { DiskBudget } from '../../core/disk-budget.ts';
import type { ErrorCode, ProxyError } from '../../core/errors.ts';
import type { Headers } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import type { TimerWheel } from '../../core/timer-wheel.ts';
import type { WorkQueue } from '../../core/work-queue.ts';
import type { Exchange, ProxyResponse, Reply } from '../exchange.ts';
import type { LoadedModules } from './module/load-modules.ts';
import type { FeatureName } from './stages.ts';

/** What a feature needs from outside; it uses no globals and does no work when it is imported. */
export interface FeatureEnv {
  readonly clock: Clock;
  readonly log: Logger;
  /** Disk that the exchanges of the thread have taken for what waits. */
  readonly disk: DiskBudget;
  /** Verifies few passwords at once, in the whole process. */
  readonly passwords: WorkQueue;
  /** For what the system calls back: a turn of the event loop begins, and nothing that is thrown gets out. */
  turn(action: () => void): void;
  readonly wheel: TimerWheel;
  /** Middleware of people's own, made before; undefined: it is not to be run. */
  readonly modules?: LoadedModules | undefined;
}

/**
 * Something that a route does on the way.
 *
 * (1) `config` is plain data that has been checked; its type stands beside the feature, its schema in the control plane.
 * (2) What is made is kept as long as plans have it with an equal config: caches and counters outlive a reload.
 */
export interface Feature<Config> {
  readonly name: FeatureName;
  create(config: Config, env: FeatureEnv): Hooks;
}

/**
 * What a feature does with an exchange. Hooks answer at once or with a promise; none of them throws or rejects for anything
 * that a peer can do (what does is a defect, and answered with `internal-error`).
 */
export interface Hooks {
  /** Before a server is asked, in the order of the config. @returns an answer or a failure that ends the exchange here. */
  request?(work: Work): Verdict | Promise<Verdict>;
  /** Every final answer, the proxy's own too, in the reverse order. Not for a 101. It changes `answer` in place. */
  response?(answer: Answer, work: Work): void | Promise<void>;
  /** There is no answer to change: the exchange broke off, or a 101 has made a tunnel of it. Never throws. */
  over?(work: Work, by: ProxyError | ProxyResponse): void;
  /** No plan has it any more. */
  close?(): void;
  /** What is said of it where it lets a dry exchange pass without a look. */
  readonly dry?: string;
}

export type Verdict = undefined | ProxyResponse | ProxyError;

/** An exchange on its way to a server. What is not readonly is what the server will be told. */
export interface Work {
  /** As the client sent it. `exchange.headers` is only for reading here. */
  readonly exchange: Exchange;
  readonly reply: Pick<Reply, 'inform'>;
  /** Begins with `/`, or is `*`; the route's prefix has been replaced. */
  path: string;
  /** With its `?`; empty where there is none. */
  query: string;
  /** Undefined: the name of the server that is chosen. */
  host: string | undefined;
  /** The fields that the server gets, forwarding fields included. */
  readonly headers: Headers;
  /** A feature may put a source of its own in its place that wraps this one. Not started yet; it is cancelled where no server gets it. */
  body: BodySource | undefined;
  /** The server is asked whether it wants the body: the client waits for that. */
  expectContinue: boolean;
  /** What people's own middleware keeps of it. */
  own?: object | undefined;
}

/** An answer on its way to the client. */
export interface Answer {
  status: number;
  /** Empty: the standard phrase. */
  reason: string;
  readonly headers: Headers;
  /** Whoever replaces it cancels it. */
  body: BodySource | undefined;
  /** Content-Length of an answer without a body (HEAD, 304). */
  announcedLength: string | undefined;
  /** True: the proxy answers itself, a feature or a failure. */
  own: boolean;
  /** The failure that is being answered. */
  code: ErrorCode | undefined;
}
