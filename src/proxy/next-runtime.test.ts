import assert from 'node:assert/strict';
import { test } from 'node:test';

import { poolPlan, TestEnv, until } from './fixtures.test.ts';
import { NextRuntime } from './next-runtime.ts';
import { planOfPools } from './plan-of-pools.test.ts';
import type { Plan } from './plan.ts';
import type { Runtime } from './runtime.ts';

/** A pool for each of these hosts. */
function planOf(...hosts: readonly string[]): Plan {
  const pools = hosts.map((host) => ({ ...poolPlan([{ kind: 'tcp', host, port: 80 }]), name: host }));
  return planOfPools(pools);
}

/** Takes plans one after the other, as a thread does. */
class Plans {
  readonly env: TestEnv = new TestEnv();
  readonly next: NextRuntime = new NextRuntime(this.env);
  current: Runtime | undefined;

  async put(plan: Plan): Promise<Runtime> {
    const [before, runtime] = [this.current, await this.next.take(plan, this.current)];
    this.current = runtime;
    this.next.settle();
    this.next.retire(before, runtime);
    return runtime;
  }

  name(...names: readonly string[]): void {
    this.next.setNames(
      names.map((name) => ({ name, addresses: ['192.0.2.1'] })),
      this.current,
    );
  }

  get names(): readonly string[] {
    return [...this.next.names.keys()].toSorted();
  }
}

test('names that no server has are forgotten, also with a plan that has the pools in force', async () => {
  const plans = new Plans();
  const [one, two] = [planOf('a', 'b'), planOf('a')];
  await plans.put(one);
  plans.name('a', 'b', 'of a plan that was refused');
  await plans.put({ ...one, graceMs: 1 });
  await plans.next.retired;
  assert.deepEqual(plans.names, ['a', 'b']);
  await plans.put(two);
  await plans.next.retired;
  assert.deepEqual(plans.names, ['a']);
  plans.name('c');
  await plans.put({ ...two, graceMs: 1 });
  await plans.next.retired;
  assert.deepEqual(plans.names, ['a']);
});

test('names of the next plan that come while those of the last one are forgotten are kept', async () => {
  const plans = new Plans();
  const many = Array.from({ length: 3000 }, (_, i) => `host${i}`);
  await plans.put(planOf(...many));
  plans.name('new', 'gone', 'host1');
  plans.current!.pools.get('host0')!.retire = () => {
    const end = performance.now() + 10; // More than a slice: the rest comes in a later turn.
    while (performance.now() < end);
  };
  await plans.put(planOf(...many.slice(1)));
  plans.name('new');
  await plans.next.retired;
  assert.deepEqual(plans.names, ['host1', 'new']);
  const { pools } = await plans.put(planOf('new'));
  assert.deepEqual(pools.get('new')!.servers[0]!.addresses, ['192.0.2.1']);
});

test('a name that comes after those of the last plan were forgotten is forgotten with the next one', async () => {
  const plans = new Plans();
  const one = planOf('a');
  await plans.put(one);
  plans.name('b');
  await plans.next.retired;
  assert.deepEqual(plans.names, ['b']);
  await plans.put({ ...one, graceMs: 1 });
  await plans.next.retired;
  assert.deepEqual(plans.names, []);
});

test('the next plan is not made ready before nothing is left of the one before', async () => {
  const plans = new Plans();
  const many = Array.from({ length: 500 }, (_, i) => `host${i}`);
  const first = await plans.put(planOf(...many));
  await plans.next.retired;
  const retired: string[] = [];
  for (const [name, pool] of first.pools) {
    pool.retire = () => {
      const end = performance.now() + 0.1;
      while (performance.now() < end);
      retired.push(name);
    };
  }
  await plans.put(planOf('a'));
  assert.ok(retired.length < many.length, 'it waits for nothing');
  await plans.put(planOf('b'));
  assert.equal(retired.length, many.length);
});

test('a failure while the runtime before is ended is told, and keeps nobody from going on', async () => {
  const plans = new Plans();
  const first = await plans.put(planOf('a'));
  first.pools.get('a')!.retire = () => {
    throw new Error('planted');
  };
  await plans.put(planOf('b'));
  await until(() => plans.env.bugs.length === 1);
  assert.ok((await plans.put(planOf('c'))).pools.has('c'));
});
