/** By this name the benchmark and its data threads find each other. */
export const probeChannel = 'postern-bench-probe';

export type ProbeMessage =
  | { readonly kind: 'ask' }
  /** Longest time for which the thread's loop did not turn since it was asked before: by the clock, and of its own work alone. */
  | { readonly kind: 'told'; readonly thread: number; readonly wallMs: number; readonly cpuMs: number };
