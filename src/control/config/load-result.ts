import type { Plan } from '../../proxy/index.ts';
import type { HostLookup } from '../names/host-lookup.ts';
import type { LoadedTls } from '../certificates/tls-sources.ts';
import type { LogLevel } from './config.ts';
import type { ReadAddress } from './read-address.ts';
import type { ConfigPlaces } from './config-places.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { ReadBytes } from './read-text-file.ts';

/** What a config may depend on besides its own text. */
export interface LoadEnv {
  /** For `${NAME}` and the place of the control socket. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Goes into the plan as `Plan.instance`. */
  readonly instance: string;
  /** Reads the config file and those of `${file:...}`; the file system's own reading (bounded, regular files only) unless set. */
  readonly readFile?: ReadBytes | undefined;
  /** Warnings also of what is no danger by itself: for somebody who asks what could be better. */
  readonly advice?: boolean | undefined;
  /** Also says where the parts of the config stand. */
  readonly places?: boolean | undefined;
  /** Asks DNS for the hosts of the routes, and warns of those that lead elsewhere; not asked unless set. */
  readonly hostLookup?: ((servers: readonly string[] | undefined) => HostLookup) | undefined;
}

/** A config that may be run. Plain data that can be posted to a thread. */
export interface LoadedConfig {
  readonly ok: true;
  readonly plan: Plan;
  readonly warnings: readonly ConfigProblem[];
  readonly admin: AdminSettings;
  readonly log: LogSettings;
  readonly names: NameSettings;
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
  /** Texts of the config that had a `${...}` in them, with `***` in its place, by their path (`routes[2].host`); undefined: none. */
  readonly shown?: Readonly<Record<string, string>>;
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
  /** Where metrics may be read over TCP; undefined: nowhere. */
  readonly listen?: ReadAddress | undefined;
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
