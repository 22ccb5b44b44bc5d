// What counting an exchange costs, and the limits that hold for all threads: `node bench/micro/counters.ts`.
import { CounterBook } from '../../src/core/shared/counter-book.ts';
import { countedRows, processFields, trafficFields } from '../../src/proxy/metrics/counter-fields.ts';
import { TrafficCounters } from '../../src/proxy/metrics/traffic-counters.ts';
import { ConnectionGate } from '../../src/proxy/accept/connection-gate.ts';
import { plainRoute, type Plan } from '../../src/proxy/plan.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';

const runs = 2_000_000;

function time(name: string, work: (i: number) => void): void {
  for (let i = 0; i < runs / 10; i++) work(i);
  const best = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (let i = 0; i < runs; i++) work(i);
    return ((performance.now() - start) * 1e6) / runs;
  });
  process.stdout.write(`${name.padEnd(44)} ${Math.min(...best).toFixed(1)} ns\n`);
}

const routes = Array.from({ length: 100 }, (_, i) => ({ ...plainRoute, name: `route-${i}.example.com/` }));
const pools = [{ name: 'pool', servers: Array.from({ length: 4 }, (_, i) => ({ name: `http://10.0.0.${i}:8080` })) }];
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
const plan = { routes, pools } as unknown as Plan;
const traffic = new CounterBook(trafficFields.size);
const whole = new CounterBook(processFields.size);
const counters = new TrafficCounters();
const { names } = countedRows(plan);
counters.follow(plan, {
  routes: traffic.allocate(names.routes.length),
  pools: traffic.allocate(names.pools.length),
  process: whole.allocate(1),
});

const exchanges = Array.from({ length: 64 }, (_, i) => ({
  route: routes[i],
  pool: 'pool',
  server: `http://10.0.0.${i % 4}:8080`,
  reason: undefined,
  status: 200,
  bytesIn: 0,
  bytesOut: 1000,
  timings: { started: 10, headRead: 10, connected: 10.1, firstByte: 11.3, ended: 11.4 },
}));

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts that are read
time('count an exchange', (i) => counters.finished(exchanges[i & 63] as unknown as Exchange));

const gate = new ConnectionGate({ total: 10_000, perClient: 100 });
time('let a connection in and out, with both limits', (i) => {
  const address = `10.0.${(i >> 8) & 255}.${i & 255}`;
  gate.enter(address);
  gate.leave(address);
});
