import type { ListenerPlan, Plan, PoolPlan } from '../../proxy/index.ts';
import type { EventsSettings } from '../events/events-settings.ts';
import type { HostLookup } from '../names/host-lookup.ts';
import type { LoadedTls } from '../certificates/tls-sources.ts';
import type { LogLevel } from './config.ts';
import type { ReadAddress } from './read-address.ts';
import type { ConfigPlaces } from './config-places.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { ConfigTexts } from './config-texts.ts';
import type { PlanPrints } from './fingerprints.ts';
import type { ReadBytes } from './read-text-file.ts';

/** What a config may depend on besides its own text. */
export interface LoadEnv {
  /** For `${NAME}` and the place of the control socket. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Goes into the plan as `Plan.instance`. */
  readonly instance: string;
  /** Reads the config file and those of `${file:...}`; the file system's own reading (bounded, regular files only) unless set. */
  readonly readFile?: ReadBytes | undefined;
  /** What was read before, in place of what the files say now. */
  readonly kept?: ConfigTexts | undefined;
  /** Other files may not be included: who sent this need not be somebody who may read them. */
  readonly alone?: boolean | undefined;
  /** Warnings also of what is no danger by itself: for somebody who asks what could be better. */
  readonly advice?: boolean | undefined;
  /** Also says where the parts of the config stand. */
  readonly places?: boolean | undefined;
  /** Functions that the program handed over as middleware, by what stands in the config in their place, with their names. */
  readonly functions?: ReadonlyMap<string, string> | undefined;
  /** Asks DNS for the hosts of the routes, and warns of those that lead elsewhere; not asked unless set. */
  readonly hostLookup?: ((servers: readonly string[] | undefined) => HostLookup) | undefined;
}

/** A config that may be run, maybe without some of its parts. Plain data that can be posted to a thread. */
export interface LoadedConfig {
  readonly ok: true;
  readonly plan: Plan;
  /** Of its routes and pools, as they were loaded; undefined: nobody has taken them. */
  readonly prints?: PlanPrints;
  /** What is doubtful, and as errors what disables only a part: see `disabledParts`. */
  readonly warnings: readonly ConfigProblem[];
  readonly admin: AdminSettings;
  readonly log: LogSettings;
  readonly names: NameSettings;
  /** Who is told of events; undefined: nobody. */
  readonly events?: EventsSettings;
  /** Whom the process is to be, where root starts it. */
  readonly identity: IdentitySettings;
  /** A change of the config's files is a reload. */
  readonly watch: boolean;
  /** Data threads; 0: everything in the caller's; `auto`: one a processor. */
  readonly threads: number | 'auto';
  /** Absolute paths of the files that `${file:...}` put in: a change of one of them is a change of the config. */
  readonly secretFiles: readonly string[];
  /** Absolute paths of all other files that the config names: certificates, lists, pages. */
  readonly files: readonly string[];
  /** Undefined: no listener has TLS. Passphrases are in it: never to be shown as a whole. */
  readonly tls?: LoadedTls;
  /** Listeners that are not in the plan, because none of their certificates can be used. Undefined: none. */
  readonly closed?: readonly ListenerPlan[];
  /** Something outside is missing: absolute paths of all files and folders that may mend it. Undefined: nothing is. */
  readonly lacking?: readonly string[];
  /** Texts of the config that had a `${...}` in them, with `***` in its place, by their path (`routes[2].host`); undefined: none. */
  readonly shown?: Readonly<Record<string, string>>;
  /** Absolute path of the folder in which it keeps what has to outlive it; undefined: nothing was said. */
  readonly state?: string | undefined;
  /** The pools as the config has them, where something stands beside it: the plan has that in it. */
  readonly given?: readonly PoolPlan[];
  /** What `${...}` put in: never to be shown. */
  readonly secrets?: readonly string[];
  /** What it was read from. */
  readonly texts?: ConfigTexts;
  /** Where its parts stand, if `LoadEnv.places` asked for it. */
  readonly places?: ConfigPlaces;
}

export interface RefusedConfig {
  readonly ok: false;
  /** Errors and warnings, by line. */
  readonly problems: readonly ConfigProblem[];
}

export type LoadResult = LoadedConfig | RefusedConfig;

export interface AdminSettings {
  /** Absolute path of the control socket. */
  readonly socket: string;
  /** Where it may be spoken to over TCP; undefined: nowhere. */
  readonly listen?: ReadAddress | undefined;
  /** Names, besides its addresses, that a request may call it by. */
  readonly hosts: readonly string[];
  /** SHA-256 of the token for that address, in hex; undefined: none is asked for, and nothing can be changed there. */
  readonly tokenHash: string | undefined;
}

export interface LogSettings {
  readonly level: LogLevel;
}

/** Names or numbers. */
export interface IdentitySettings {
  readonly user: string | undefined;
  readonly group: string | undefined;
}

export interface NameSettings {
  /** DNS servers as `address:port`; undefined: those of the system. */
  readonly servers: readonly string[] | undefined;
  /** Absolute path. */
  readonly hostsFile: string;
}
