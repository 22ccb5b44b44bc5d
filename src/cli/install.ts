import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { codeOf } from '../control/code-of.ts';
import { loadConfig } from '../control/config/load-config.ts';
import { messageOf } from '../control/message-of.ts';
import { findAccount } from '../control/service/accounts.ts';
import { systemdUnit, usualUnit } from '../control/service/systemd-unit.ts';
import { ExitCode } from './exit-code.ts';
import { complain, say } from './outputs.ts';

export interface InstallOptions {
  readonly print?: boolean;
  readonly yes?: boolean;
  readonly config?: string;
  readonly program?: string;
  readonly user?: string;
  readonly group?: string;
  readonly file?: string;
}

const defaultFile = '/etc/systemd/system/postern.service';

/** `postern install systemd`: writes the unit file, or shows it, and says what is to be done next. */
export async function install(options: InstallOptions): Promise<ExitCode> {
  const wrong = refusal(options);
  if (wrong !== undefined) {
    complain(wrong);
    return ExitCode.Usage;
  }
  const text = await unitText(options);
  if (options.print === true) {
    process.stdout.write(text);
    return ExitCode.Fine;
  }
  const file = resolve(options.file ?? defaultFile);
  if (!(await agreed(file, text, options.yes === true))) return ExitCode.Runtime;
  try {
    writeFileSync(file, text, { mode: 0o644 });
  } catch (error) {
    const denied = codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
    complain(`Cannot write ${file}: ${denied ? 'only root may; run this with sudo' : messageOf(error)}`);
    return ExitCode.Runtime;
  }
  say(`Wrote ${file}. What is left to do, as root:`);
  for (const step of nextSteps(options)) say(`  ${step}`);
  return ExitCode.Fine;
}

/** A line break in a name would be a line of the unit. */
function refusal({ config, program, user, group }: InstallOptions): string | undefined {
  for (const name of [user, group]) {
    if (name !== undefined && !/^[A-Za-z0-9_][\w.-]{0,63}$/.test(name)) {
      return `Cannot use ${JSON.stringify(name)}: it is not the name of a user or group`;
    }
  }
  for (const path of [config, program]) {
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    if (path !== undefined && /[\u0000-\u001f\u007f]/.test(path)) {
      return `Cannot use ${JSON.stringify(path)}: there are control characters in it`;
    }
  }
  return undefined;
}

async function unitText(options: InstallOptions): Promise<string> {
  const config = options.config === undefined ? usualUnit.config : resolve(options.config);
  const user = options.user ?? usualUnit.user;
  return systemdUnit({
    program: options.program === undefined ? ownProgram(options.print === true) : resolve(options.program),
    config,
    user,
    group: options.group ?? user,
    graceMs: await graceOf(config),
  });
}

/** Shown only, it is for a package, which puts the command where it belongs. */
function ownProgram(print: boolean): string {
  const own = process.argv[1];
  return print || own === undefined || existsSync(usualUnit.program) ? usualUnit.program : resolve(own);
}

async function graceOf(config: string): Promise<number> {
  if (!existsSync(config)) return usualUnit.graceMs;
  const loaded = await loadConfig(config, { environment: process.env, instance: '' });
  return loaded.ok ? loaded.plan.graceMs : usualUnit.graceMs;
}

/** The same text needs no question, and neither does a file that is not there. */
async function agreed(file: string, text: string, yes: boolean): Promise<boolean> {
  if (yes || !existsSync(file) || readFileSync(file, 'utf8') === text) return true;
  if (!process.stdin.isTTY) {
    complain(`Cannot write ${file}: it is there and says something else; --yes replaces it`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${file} is there and says something else. Replace it? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function nextSteps({ config = usualUnit.config, user = usualUnit.user, group = user }: InstallOptions): string[] {
  const steps = ['systemctl daemon-reload', 'systemctl enable --now postern', 'systemctl status postern'];
  if (!existsSync(config)) steps.unshift(`write a config to ${resolve(config)}`);
  if (!isKnown(user, group)) {
    const own = group === user ? '--user-group' : `--gid ${group}`;
    steps.unshift(
      `useradd --system ${own} --no-create-home --home-dir /var/lib/postern --shell /usr/sbin/nologin ${user}`,
    );
  }
  return steps;
}

function isKnown(user: string, group: string): boolean {
  try {
    findAccount(user, group);
    return true;
  } catch {
    return false;
  }
}
