import type { Candidate, Picker, PickerEnv } from '../picker.ts';
import type { PoolPlan } from '../pool-plan.ts';
import { First } from './first.ts';
import { Hash } from './hash.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastTime } from './least-time.ts';
import { RandomChoice } from './random-choice.ts';
import { RoundRobin } from './round-robin.ts';

/** Of a pool's plan, what its picker is made from. */
type PickerPlan = Pick<PoolPlan, 'balance'> & {
  readonly servers: readonly Pick<PoolPlan['servers'][number], 'weight'>[];
};

/** A new picker, for one pool. A balancing algorithm is a file beside this one, a line here and one in BalancePlan. */
export function createPicker<S extends Candidate>({ balance, servers }: PickerPlan, env: PickerEnv): Picker<S> {
  switch (balance.kind) {
    case 'round-robin':
    case 'adaptive':
      return new RoundRobin(env, balance.kind);
    case 'least-connections':
      return new LeastConnections(env);
    case 'least-time':
      return new LeastTime(env);
    case 'first':
      return new First();
    case 'random':
      return new RandomChoice(env, balance.choices);
    case 'hash':
      return new Hash(
        env,
        balance,
        servers.map(({ weight }) => weight),
      );
    default:
      return balance satisfies never;
  }
}
