/** `slowhttptest` against a proxy, and other clients that go on meanwhile. */
import { spawn } from 'node:child_process';
import http from 'node:http';

/** How a client can be slow, and the reason with which its connection is to end. */
export interface Attack {
  readonly name: string;
  readonly reason: string;
  /** Options of slowhttptest. */
  readonly options: readonly string[];
}

export const attacks: readonly Attack[] = [
  { name: 'heads', reason: 'head-timeout', options: ['-H', '-i', '1', '-t', 'GET'] },
  { name: 'bodies', reason: 'body-timeout', options: ['-B', '-i', '1', '-s', '8192', '-t', 'POST', '-x', '10'] },
  { name: 'reads', reason: 'write-timeout', options: ['-X', '-w', '1', '-y', '2', '-n', '1', '-z', '1', '-k', '3'] },
];

/** What the large answer is for slow readers: more than kernels hold. */
export const largePath = '/large';

/** One that goes on until no connection of it is left, for so many seconds, or until it is stopped. */
export interface Attacking {
  /** What it said. */
  readonly ended: Promise<string>;
  stop(): void;
}

export function attack({ options }: Attack, url: string, { connections, rate, seconds }: AttackSize): Attacking {
  const all = [...options, '-c', `${connections}`, '-r', `${rate}`, '-l', `${seconds}`, '-p', '5', '-v', '1'];
  // It takes a whole processor to be slow: what it takes from the machine is not what the proxy costs the others.
  const command = ['-n', '19', 'slowhttptest', ...all, '-u', `${url}${largePath}`];
  const child = spawn('nice', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), (seconds + 10) * 1000);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => void (said += bytes));
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(late);
      resolve(said);
    });
  });
  return { ended, stop: () => void child.kill('SIGKILL') };
}

export interface AttackSize {
  readonly connections: number;
  /** New ones a second. */
  readonly rate: number;
  /** Longest. */
  readonly seconds: number;
}

/** What other clients saw. Waits in ms. */
export interface Seen {
  readonly answers: number;
  readonly failures: number;
  readonly p50: number;
  readonly p99: number;
}

/** Some clients that ask again and again, each after a pause, over connections that they keep. */
export class Others {
  readonly #url: string;
  readonly #agent: http.Agent;
  readonly #pauseMs: number;
  #waits: number[] = [];
  #failures = 0;
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor(url: string, clients: number, pauseMs: number) {
    this.#url = url;
    this.#pauseMs = pauseMs;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: clients });
    this.#loops = Array.from({ length: clients }, () => this.#loop());
  }

  /** What was seen since the last call. */
  take(): Seen {
    const waits = this.#waits.toSorted((a, b) => a - b);
    const failures = this.#failures;
    this.#waits = [];
    this.#failures = 0;
    const at = (share: number): number => waits[Math.floor(waits.length * share)] ?? Number.NaN;
    return { answers: waits.length, failures, p50: at(0.5), p99: at(0.99) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const started = performance.now();
      if ((await this.#ask()) === 200) this.#waits.push(performance.now() - started);
      else this.#failures += 1;
      await new Promise((resolve) => void setTimeout(resolve, this.#pauseMs));
    }
  }

  #ask(): Promise<number> {
    return new Promise((resolve) => {
      const request = http.get(this.#url, { agent: this.#agent, timeout: 20_000 }, (answer) => {
        answer.on('error', () => resolve(0));
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.resume();
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(0));
    });
  }
}
