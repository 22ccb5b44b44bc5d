import { hostsOverlap } from '../../core/ip.ts';
import type { Draft } from './config.ts';
import type { AddressConfig } from './listen-address.ts';
import type { Problems } from './source.ts';

/** Two listeners on one address, and socket modes where there is no socket. */
export function checkListeners(config: Draft, problems: Problems): void {
  const before: { readonly name: string; readonly address: AddressConfig }[] = [];
  for (const [name, listener] of Object.entries(config.listeners ?? {})) {
    const address = listener?.address;
    if (address === undefined) continue;
    if (address.kind === 'tcp' && listener?.mode !== undefined) {
      const message = 'Cannot use "mode" here: the address is not a unix socket';
      problems.add({ path: ['listeners', name, 'mode'], end: 'key', message, remedy: 'leave it out' });
    }
    const other = before.find((each) => overlap(each.address, address));
    if (other) {
      const line = problems.lineOf(['listeners', other.name, 'address']);
      const message = `Cannot listen on this address twice: the listener "${other.name}" (${line}) has it`;
      problems.add({
        path: ['listeners', name, 'address'],
        message,
        remedy: 'choose another port, or use one listener for both',
      });
    }
    before.push({ name, address });
  }
}

/** The system would refuse the second of these: the same port on the same address, or on all addresses. */
function overlap(a: AddressConfig, b: AddressConfig): boolean {
  if (a.kind === 'unix' || b.kind === 'unix')
    return a.kind === b.kind && 'path' in a && 'path' in b && a.path === b.path;
  if (a.port !== b.port || a.port === 0) return false;
  return hostsOverlap(a.host, b.host);
}
