import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { folderFor } from './command.ts';

export interface Site {
  readonly cwd: string;
  write(yaml: string): void;
}

/** A folder with a config that serves `to`; port 0 unless said. */
export function site(t: TestContext, to: string, more = ''): Site {
  const cwd = folderFor(t);
  const write = (yaml: string): void => writeFileSync(join(cwd, 'postern.yaml'), yaml);
  write(configOf(to, more));
  return { cwd, write };
}

export function configOf(to: string, more = ''): string {
  return `listeners:\n  web: { address: "127.0.0.1:0" }\nroutes:\n  - to: ${to}\n${more}`;
}

export async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}
