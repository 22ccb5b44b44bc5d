import type { NameUpdate, Plan } from '../../proxy/index.ts';
import { PlanNames } from './plan-names.ts';

/** The last addresses of each name, so that a new plan or a new thread gets what is known already. */
export class NameMemory {
  #addresses = new Map<string, readonly string[]>();
  readonly #namesIn = new PlanNames();

  remember(updates: readonly NameUpdate[]): void {
    for (const { name, addresses } of updates) this.#addresses.set(name, addresses);
  }

  /** What is known of the plan's names. Names that it does not have are forgotten: this bounds the memory. */
  recall(plan: Plan): readonly NameUpdate[] {
    const known: NameUpdate[] = [];
    for (const name of this.#namesIn.of(plan)) {
      const addresses = this.#addresses.get(name);
      if (addresses !== undefined) known.push({ name, addresses });
    }
    this.#addresses = new Map(known.map(({ name, addresses }) => [name, addresses]));
    return known;
  }
}
