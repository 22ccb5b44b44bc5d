import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { PosternStatus } from '../../src/control/controlled.ts';
import { addressOf, run, start, until, type Running } from '../cli/command.ts';

type Server = PosternStatus['servers'][number];

/** A running Postern that checks its servers. */
export class CheckedSite {
  readonly running: Running;
  readonly port: number;
  readonly #cwd: string;

  private constructor(running: Running, url: string, cwd: string) {
    this.running = running;
    this.port = Number(new URL(url).port);
    this.#cwd = cwd;
  }

  /** @param pools as the config has them. */
  static async start(t: TestContext, cwd: string, pools: string, routes = '{ to: app }'): Promise<CheckedSite> {
    write(cwd, pools, routes);
    const running = start(t, ['run'], { cwd });
    return new CheckedSite(running, await addressOf(running), cwd);
  }

  /** Reloads with these. */
  async become(t: TestContext, pools: string, routes = '{ to: app }'): Promise<void> {
    write(this.#cwd, pools, routes);
    const { code, stderr } = await run(t, ['reload', '--socket', 'ctl.sock'], { cwd: this.#cwd });
    assert.equal(code, 0, stderr);
  }

  async servers(): Promise<readonly Server[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const request = { socketPath: path.join(this.#cwd, 'ctl.sock'), path: '/api/v1/status', agent: false };
    const asked = http.get(request, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    return (JSON.parse(await promise) as PosternStatus).servers;
  }

  /** Waits until the checks say this of each server. */
  async settled(...wanted: readonly (readonly [health: string, why: RegExp])[]): Promise<void> {
    let seen: readonly (string | undefined)[] = [];
    await until(
      async () => {
        const servers = await this.servers();
        seen = servers.map(({ health, lastCheck }) => `${health}: ${lastCheck?.why ?? ''}`);
        return servers.every(
          ({ health, lastCheck }, i) => health === wanted[i]![0] && wanted[i]![1].test(lastCheck?.why ?? ''),
        )
          ? true
          : undefined;
      },
      () => `${wanted.join(', ')}; there is ${seen.join(', ')}: ${this.running.stderr().slice(-1000)}`,
    );
  }
}

function write(cwd: string, pools: string, routes: string): void {
  writeFileSync(
    path.join(cwd, 'postern.yaml'),
    `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 1
routes: [${routes}]
pools: { ${pools} }
`,
  );
}
