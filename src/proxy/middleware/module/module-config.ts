/** Which middleware of people's own, and how long it may take. */
export type ModuleConfig = ModuleFile | ModuleFunction;

interface ModuleTimes {
  /** Longest time until it calls `next` or answers, and again from the answer until it returns, in ms. */
  readonly timeoutMs: number;
  /** Longest silence of a body that it makes, in ms. */
  readonly silenceMs: number;
}

export interface ModuleFile extends ModuleTimes {
  readonly kind: 'file';
  /** As it is written in the config, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** SHA-256 of its content, hex: a file that has changed is another module. */
  readonly digest: string;
  /** Name of the export. */
  readonly export: string;
  /** Undefined: none were given. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
}

/** One that the program handed over which the proxy is a part of. */
export interface ModuleFunction extends ModuleTimes {
  readonly kind: 'function';
  /** For messages. */
  readonly name: string;
  /** By this it is found. */
  readonly id: string;
}

/** In messages. */
export function moduleName(config: ModuleConfig): string {
  if (config.kind === 'function') return config.name;
  return config.export === 'default' ? config.name : `${config.name} (${config.export})`;
}
