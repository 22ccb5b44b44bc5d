// The load of cpu.ts, in a process of its own: `node load.ts PORT CONNECTIONS RATE SECONDS` prints what became of it as JSON.
import { runFixedRate } from './fixed-rate.ts';

const [port = 0, connections = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
process.stdout.write(JSON.stringify(await runFixedRate({ port, connections, rate, seconds })));
