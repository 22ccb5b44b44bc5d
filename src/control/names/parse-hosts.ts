import { isIP } from 'node:net';

/** Addresses that one name may have; more are left out. */
const maxAddresses = 64;

/** Names of a hosts file (lower case), each with its addresses in the order of the file. */
export type HostsTable = ReadonlyMap<string, readonly string[]>;

/** Reads lines of `address name name... # comment`. A line that is none of that is left out, as other resolvers do. */
export function parseHosts(text: string): HostsTable {
  const table = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.split('#', 1)[0]!.trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) addAddress(table, name.toLowerCase().replace(/\.$/, ''), address);
  }
  return table;
}

function addAddress(table: Map<string, string[]>, name: string, address: string): void {
  const known = table.get(name);
  if (known === undefined) table.set(name, [address]);
  else if (known.length < maxAddresses && !known.includes(address)) known.push(address);
}
