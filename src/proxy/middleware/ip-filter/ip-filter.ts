import { ProxyError } from '../../../core/errors.ts';
import type { Feature } from '../feature.ts';
import { AddressSwitch, type AddressSwitchPlan } from './address-switch.ts';

export interface IpFilterConfig {
  /** For each address: whether it may pass. */
  readonly addresses: AddressSwitchPlan;
  /** Clients of unix sockets, which have no address, may pass. */
  readonly unix: boolean;
  /** What else is no address may pass. */
  readonly others: boolean;
}

/** Lets clients in by their address: the one behind trusted proxies. */
export const ipFilter: Feature<IpFilterConfig> = {
  name: 'ip-filter',
  create(config) {
    const addresses = new AddressSwitch(config.addresses);
    return {
      request({ exchange }) {
        const { clientAddress } = exchange;
        const passes = addresses.of(clientAddress) ?? (clientAddress === 'unix' ? config.unix : config.others);
        if (passes) return undefined;
        return new ProxyError('address-denied', 'Cannot let the client in: its address is not among those allowed');
      },
    };
  },
};
