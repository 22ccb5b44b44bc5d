import type { PoolPlan } from '../plan.ts';
import type { Picker } from '../picker.ts';
import { RoundRobin } from './round-robin.ts';

/** Every balancing algorithm by its name in the config: adding one is a file beside this one and a line here. */
const pickers: Readonly<Record<PoolPlan['balance'], new <S>() => Picker<S>>> = {
  'round-robin': RoundRobin,
};

/** A new picker, for one pool: it keeps that pool's place in the round. */
export function createPicker<S>(balance: PoolPlan['balance']): Picker<S> {
  return new pickers[balance]<S>();
}
