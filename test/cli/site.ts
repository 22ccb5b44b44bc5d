import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { folderFor } from './command.ts';

export interface Site {
  readonly cwd: string;
  write(yaml: string): void;
}

/** A folder with a config that serves `to`. @param port that it listens on; default: any. */
export function site(t: TestContext, to: string, more = '', port = 0): Site {
  const cwd = folderFor(t);
  const write = (yaml: string): void => writeFileSync(join(cwd, 'postern.yaml'), yaml);
  write(configOf(to, more, port));
  return { cwd, write };
}

export function configOf(to: string, more = '', port = 0): string {
  return `listeners:\n  web: { address: "127.0.0.1:${port}" }\nroutes:\n  - to: ${to}\n${more}`;
}

export async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}
