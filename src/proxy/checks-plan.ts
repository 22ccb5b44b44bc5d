/** How servers of a pool are watched from outside of the traffic. Threads do not read it: it is the control plane's work. */
export interface ChecksPlan {
  /** Undefined: nobody asks them whether they work. */
  readonly health: HealthPlan | undefined;
  /** Undefined: nobody asks them what they think of themselves. */
  readonly agent: AgentPlan | undefined;
  readonly load: LoadPlan | undefined;
  /** Time in which a server that has come back, or is new, grows to its whole weight; 0: it has it at once. */
  readonly slowStartMs: number;
}

/** Where something is asked for that is not the server's own address. */
export interface OtherPlace {
  /** IP address; undefined: that of the server. */
  readonly address: string | undefined;
  /** Undefined: that of the server. */
  readonly port: number | undefined;
}

export interface HealthPlan extends OtherPlace {
  readonly how: HttpCheckPlan | { readonly kind: 'tcp' | 'tls' } | GrpcCheckPlan | ScriptCheckPlan;
  /** From the beginning of a check to that of the next. */
  readonly everyMs: number;
  /** The same while it is not settled: before the first result, and between `rise` or `fall` results. */
  readonly fastEveryMs: number;
  /** The same while it is down. */
  readonly downEveryMs: number;
  /** Of a whole check. */
  readonly timeoutMs: number;
  /** So many good results in a row bring a server up. */
  readonly rise: number;
  /** So many bad ones take it down. */
  readonly fall: number;
  /** Before the first result. `unknown` and `down`: that decides alone. */
  readonly init: 'unknown' | 'up' | 'down';
}

export interface HttpCheckPlan {
  readonly kind: 'http';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** What `Host` says; undefined: the server's own. */
  readonly host: string | undefined;
  readonly expect: ExpectedAnswer;
}

export interface ExpectedAnswer {
  /** Both ends belong to it. */
  readonly status: readonly (readonly [from: number, to: number])[];
  /** Undefined: any. */
  readonly body: ExpectedText | undefined;
  readonly headers: readonly (readonly [name: string, value: ExpectedText])[];
}

export type ExpectedText =
  | { readonly kind: 'present' }
  /** `regex` runs on the linear engine, unanchored. */
  | { readonly kind: 'is' | 'contains' | 'regex'; readonly text: string };

/** The call `grpc.health.v1.Health/Check`; up is who answers SERVING. */
export interface GrpcCheckPlan {
  readonly kind: 'grpc';
  /** Name of the service that is asked about; empty: the server as a whole. */
  readonly service: string;
  /** What `:authority` says; undefined: the server's own. */
  readonly host: string | undefined;
}

/** A program of the operator: it ends with 0 where the server works. */
export interface ScriptCheckPlan {
  readonly kind: 'script';
  /** Absolute path of the program, then its arguments. There is no shell. */
  readonly command: readonly [string, ...string[]];
}

/** A program on the server that says in HAProxy's words how it feels. */
export interface AgentPlan extends OtherPlace {
  readonly port: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** What it is sent first; empty: nothing. */
  readonly send: string;
}

/** A number from 0 (idle) to 100 (busy) that servers tell; 101 and 102: it is down. */
export interface LoadPlan extends OtherPlace {
  /** Path of a page that has it in its first line; undefined: answers to health checks carry it. */
  readonly path: string | undefined;
  /** Field of the answer that has it; undefined: its body does. */
  readonly header: string | undefined;
  readonly everyMs: number;
  readonly timeoutMs: number;
}
