import { AddressSet } from '../../core/ip.ts';
import type { ListenerPlan } from '../../proxy/index.ts';

/** Who can reach a listener, as far as its address tells: a firewall in front may let in fewer. */
export type OpenTo = 'this machine' | 'this network' | 'the world';

/** Asked who reaches a listener; it keeps the ranges, so it is made once for many questions. */
export class Reach {
  readonly #machine = new AddressSet(['127.0.0.0/8', '::1']);
  /** Private (RFC 1918, RFC 4193), shared by carriers (RFC 6598) and link-local: no router of the internet leads there. */
  readonly #network = new AddressSet([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '169.254.0.0/16',
    'fc00::/7',
    'fe80::/10',
  ]);

  of({ address }: Pick<ListenerPlan, 'address'>): OpenTo {
    if (address.kind === 'unix') return 'this machine';
    return address.host === undefined ? 'the world' : this.ofAddress(address.host);
  }

  /** The unspecified addresses (`0.0.0.0`, `::`) stand for all that the machine has. */
  ofAddress(address: string): OpenTo {
    if (this.#machine.has(address)) return 'this machine';
    return this.#network.has(address) ? 'this network' : 'the world';
  }
}
