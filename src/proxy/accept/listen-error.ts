import path from 'node:path';
import { ProxyError } from '../../core/errors.ts';
import { formatHostPort } from '../../core/ip.ts';
import type { ListenAddress } from '../plan.ts';

/** `127.0.0.1:8080`, `[::1]:8080`, `:8080` (every address of the machine) or `unix:/run/x.sock`. */
function addressText(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return formatHostPort(address.host ?? '', address.port);
}

/** Says in words why an address cannot be listened on, and what to do about it. */
export function listenError(address: ListenAddress, why: string, cause?: unknown): ProxyError {
  const message = `Cannot listen on ${addressText(address)}: ${why}`;
  return new ProxyError('listen-failed', message, cause === undefined ? undefined : { cause });
}

/** The same for what the system answered. A ProxyError says it already and is passed on. */
export function toListenError(address: ListenAddress, cause: unknown): ProxyError {
  if (cause instanceof ProxyError) return cause;
  const code = errorCode(cause);
  const why = address.kind === 'unix' ? whyNotUnix(address.path, code) : whyNotTcp(address.host, address.port, code);
  return listenError(address, why ?? (cause instanceof Error ? cause.message : String(cause)), cause);
}

/** `ENOENT` and the like; empty where an error has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Ports below this need a right, unless the system was told otherwise (ip_unprivileged_port_start). */
const firstFreePort = 1024;

function whyNotTcp(host: string | undefined, port: number, code: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there already ("ss -ltnp" shows which); stop it or choose another port';
    case 'EACCES':
    case 'EPERM':
      return whyNotAllowed(port);
    case 'EADDRNOTAVAIL':
      return `this machine has no address ${host ?? ''} ("ip address" lists those it has)`;
    case 'EAFNOSUPPORT':
      return 'IPv6 is off on this machine; choose an IPv4 address';
    case 'EINVAL':
      return `${host ?? ''} is no address to listen on (a link-local one needs its interface, as in fe80::1%eth0)`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host ?? ''} has no address; write an IP address of this machine`;
    default:
      return whyNotAny(code);
  }
}

function whyNotAllowed(port: number): string {
  if (port >= firstFreePort) return 'a policy of the system does not allow it to this process (SELinux or AppArmor)';
  return (
    `this process may not use ports below ${firstFreePort}; allow it by AmbientCapabilities=CAP_NET_BIND_SERVICE in the ` +
    `systemd unit ("postern install systemd" makes one), by "setcap cap_net_bind_service=+ep ${process.execPath}" or by ` +
    `"sysctl net.ipv4.ip_unprivileged_port_start=${port}", or choose a port from ${firstFreePort} up`
  );
}

function whyNotUnix(file: string, code: string): string | undefined {
  const folder = path.dirname(file);
  switch (code) {
    case 'ENOENT':
      return `the folder ${folder} does not exist; create it`;
    case 'ENOTDIR':
      return `${folder} is not a folder; choose another path`;
    case 'EACCES':
    case 'EPERM':
      return `this process may not write to the folder ${folder}; give it the right or choose another folder`;
    case 'EROFS':
      return `the folder ${folder} can only be read; choose another folder`;
    case 'EEXIST':
    case 'EISDIR':
      return 'something else took the path meanwhile; remove it or choose another path';
    default:
      return whyNotAny(code);
  }
}

function whyNotAny(code: string): string | undefined {
  if (code === 'EMFILE' || code === 'ENFILE') return openFilesWords;
  if (code === 'ENOSPC') return 'the disk is full';
  return undefined;
}

/** What helps against EMFILE, when listening and when accepting. */
export const openFilesWords =
  'too many files are open; raise the limit ("ulimit -n", or LimitNOFILE in the systemd unit)';
