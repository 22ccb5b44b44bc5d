import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { CertificateKeeper } from './certificates/certificate-keeper.ts';
import type { TicketKeys } from './certificates/ticket-keys.ts';
import type { ControlDoor, DoorChoice } from './admin/control-door.ts';
import type { ReadEndpoint } from './admin/read-endpoint.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import type { InsightParts } from './insight.ts';
import type { LogKeeper } from './log-keeper.ts';
import type { NameKeeper } from './names/name-keeper.ts';
import type { OutsideEnv } from './next-outside.ts';
import type { Predecessor } from './service/predecessor.ts';
import type { ServiceManager } from './service/service-manager.ts';
import type { Succession } from './service/succession.ts';
import type { RuntimeServers } from './servers/runtime-servers.ts';
import type { ServerCare } from './servers/server-care.ts';
import type { SharedState } from './threads/shared-state.ts';
import type { ThreadHost } from './threads/thread-host.ts';
import type { SpanKeeper } from './tracing/span-keeper.ts';

/** What a running Postern is made of; server.ts puts it together. */
export interface PosternParts extends InsightParts {
  readonly version: string;
  /** Where the config comes from, for people: the file, or the command line. */
  readonly from: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Reads, checks and compiles the config as it is now. Never rejects. */
  readonly load: () => Promise<LoadResult>;
  /** The config in force once more: its text as it was, and what it names as that is now. */
  readonly renew: OutsideEnv['renew'];
  readonly host: ThreadHost;
  readonly state: SharedState;
  readonly spans: SpanKeeper;
  readonly care: ServerCare;
  readonly servers: RuntimeServers;
  readonly names: NameKeeper;
  readonly ticketKeys: TicketKeys;
  readonly certificates: CertificateKeeper;
  readonly door: ControlDoor;
  readonly readEndpoint: ReadEndpoint;
  /** Where the control socket of a config is to be; undefined: there is none. */
  readonly doorOf: (config: LoadedConfig) => DoorChoice | undefined;
  readonly logs: LogKeeper;
  readonly service: ServiceManager;
  /** Undefined: the process is not Postern's own, so there is none that could take its place. */
  readonly succession: Succession | undefined;
  /** The process that this one takes the place of. */
  readonly predecessor: Predecessor | undefined;
  /** Told of each config when it is in force. */
  readonly onConfig: (config: LoadedConfig) => void;
}
