import type { HealthState, OperatorState } from '../../proxy/index.ts';

/** What a server says of itself, by its agent or its report of load. It stands beside what others say of it, and takes nothing of that back. */
export interface ServerWord {
  readonly operator: OperatorState;
  /** `unknown`: it says nothing. */
  readonly health: HealthState;
  /** What it wants of its weight, from 0. */
  readonly share: number;
  /** What takes the place of the weight of the config; what the operator has set goes before. */
  readonly weight: number | undefined;
  /** Exchanges that it wants to have at most; undefined: it does not say. */
  readonly connections: number | undefined;
}

/** Of a server that says nothing. */
export const silent: ServerWord = {
  operator: 'ready',
  health: 'unknown',
  share: 1,
  weight: undefined,
  connections: undefined,
};
