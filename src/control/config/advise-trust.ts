import type { Judged } from './judged.ts';

/** Fewer bits than these and a network is larger than any that one company has. */
const fewestBits = { ipv4: 8, ipv6: 16 };

/** Networks of trusted proxies that are too large to be anybody's own. Those of everyone are spoken of elsewhere. */
export function adviseTrust({ config, problems }: Judged): void {
  for (const [i, network] of config.forwarding.trustedProxies.entries()) {
    if (!isHuge(network)) continue;
    problems.add({
      path: ['forwarding', 'trustedProxies', i],
      message: 'This network is larger than anyone owns: many who are not your proxies can claim to have any address',
      remedy: 'write the networks of the proxies in front of this one',
      severity: 'warning',
    });
  }
}

function isHuge(network: string): boolean {
  const [address = '', bits] = network.split('/');
  const prefix = Number(bits);
  if (prefix === 0) return false;
  if (!address.includes(':')) return prefix < fewestBits.ipv4;
  // fc00::/7 is private (RFC 4193), fe80::/10 ends at the next router.
  return prefix < fewestBits.ipv6 && !/^f[cde]/.test(address);
}
