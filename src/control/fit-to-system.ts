import type { ConfigProblem } from './config/config-problem.ts';
import type { LoadedConfig, LoadResult } from './config/load-result.ts';
import type { SystemLimits } from './system-limits.ts';

/** Files for all but connections: the runtime's own (about 30), logs, the control socket, reading a config, questions to DNS. */
const reservedFiles = 64;

/** A client's connection, and the one to a server that its exchange goes over. */
const filesPerClient = 2;

/** What is not worth a word: a bound that is lower than the one that was asked for by less than this share. */
const noise = 0.1;

/** What the process takes by itself, and an idle connection, with and without TLS; in bytes. */
const processBytes = 120 * 1_048_576;
const plainBytes = 6 * 1024;
const tlsBytes = 56 * 1024;

/**
 * Bounds the connections of a config by what the system lets this process have, and says so in a warning of the config.
 *
 * Connections are refused then with a reason while files are left for all else. Without that, what fails first is whatever
 * needs a file next: a connection to a server, the access log, a reload.
 */
export function fitToSystem(result: LoadResult, system: SystemLimits, file: string): LoadResult {
  if (!result.ok) return result;
  const asked = result.plan.connections.total;
  const total = Math.min(asked, mostClients(system.openFiles, result.plan.listeners.length));
  const warnings = [...result.warnings];
  if (total < asked * (1 - noise)) warnings.push(filesWarning(file, { asked, total, openFiles: system.openFiles }));
  const needed = memoryFor(result, total);
  if (needed > system.memoryBytes) warnings.push(memoryWarning(file, { total, needed, memory: system.memoryBytes }));
  const connections = { ...result.plan.connections, total };
  return { ...result, warnings, plan: { ...result.plan, connections } };
}

function mostClients(openFiles: number, listeners: number): number {
  return Math.max(1, Math.floor((openFiles - reservedFiles - listeners) / filesPerClient));
}

function memoryFor({ plan }: LoadedConfig, total: number): number {
  const each = plan.listeners.some(({ tls }) => tls !== undefined) ? tlsBytes : plainBytes;
  return processBytes + total * each;
}

function filesWarning(
  file: string,
  { asked, total, openFiles }: { asked: number; total: number; openFiles: number },
): ConfigProblem {
  const needed = asked * filesPerClient + reservedFiles;
  return warning(
    file,
    `Cannot let ${asked} clients in at once: this process may have ${openFiles} files open, and each client takes up to two; ${total} are let in`,
    `raise the limit to ${needed} ("ulimit -n", or LimitNOFILE in the systemd unit), or set connections.total to ${total}`,
  );
}

function memoryWarning(
  file: string,
  { total, needed, memory }: { total: number; needed: number; memory: number },
): ConfigProblem {
  return warning(
    file,
    `${total} idle clients would take ${inMb(needed)} MB, and this process may have ${inMb(memory)} MB: when memory is short, fewer are let in`,
    'give it more memory, or set connections.total lower',
  );
}

function warning(file: string, message: string, remedy: string): ConfigProblem {
  return { file, line: 0, column: 0, path: 'connections.total', message, remedy, severity: 'warning' };
}

function inMb(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}
