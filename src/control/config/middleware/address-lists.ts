import { isIPv6 } from 'node:net';

import ipaddr from 'ipaddr.js';

import type { AddressSwitchPlan } from '../../../proxy/index.ts';

/** A network of a list: as `readNetwork` gives it. */
export interface ListedNetwork {
  readonly network: string;
  readonly pass: boolean;
}

interface Range {
  readonly from: bigint;
  /** Behind its last address. */
  readonly to: bigint;
  readonly pass: boolean;
}

/**
 * For every address, what the longest network that it is in says; where two are equally long, the one that refuses. Addresses
 * in no network get `others`.
 */
export function compileAddresses(listed: readonly ListedNetwork[], others: boolean): AddressSwitchPlan {
  const ranges: { ipv4: Range[]; ipv6: Range[] } = { ipv4: [], ipv6: [] };
  for (const each of listed) ranges[isIPv6(each.network.split('/', 1)[0]!) ? 'ipv6' : 'ipv4'].push(rangeOf(each));
  return { ipv4: switchOf(ranges.ipv4, others, 32), ipv6: switchOf(ranges.ipv6, others, 128) };
}

function rangeOf({ network, pass }: ListedNetwork): Range {
  const [address = '', bits] = network.split('/');
  const parsed = ipaddr.parse(address);
  const bytes = parsed.toByteArray();
  const from = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return { from, to: from + (1n << BigInt(bytes.length * 8 - Number(bits))), pass };
}

/** Networks hold each other or are apart, so a walk in order needs to remember those that it is in only. */
function switchOf(ranges: readonly Range[], others: boolean, bits: number): AddressSwitchPlan['ipv4'] {
  const marks: { at: bigint; pass: boolean }[] = [{ at: 0n, pass: others }];
  const mark = (at: bigint, pass: boolean): void => {
    if (marks.at(-1)!.at === at) marks.pop();
    marks.push({ at, pass });
  };
  const inside: Range[] = [];
  const leave = (upTo: bigint): void => {
    for (let last = inside.at(-1); last !== undefined && last.to <= upTo; last = inside.at(-1)) {
      inside.pop();
      mark(last.to, inside.at(-1)?.pass ?? others);
    }
  };
  for (const range of ranges.toSorted(outerFirst)) {
    leave(range.from);
    inside.push(range);
    mark(range.from, range.pass);
  }
  leave(1n << BigInt(bits));
  return changesOf(marks, bits);
}

/** Of two with the same addresses the one that refuses is the inner one. */
function outerFirst(a: Range, b: Range): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  if (a.to !== b.to) return a.to > b.to ? -1 : 1;
  return Number(b.pass) - Number(a.pass);
}

function changesOf(marks: readonly { at: bigint; pass: boolean }[], bits: number): AddressSwitchPlan['ipv4'] {
  const first = marks[0]!.pass;
  const digits = bits / 4;
  let hex = '';
  let pass = first;
  for (const mark of marks) {
    if (mark.pass === pass || mark.at >> BigInt(bits) > 0n) continue;
    pass = mark.pass;
    hex += mark.at.toString(16).padStart(digits, '0');
  }
  return { first, changes: Buffer.from(hex, 'hex').toString('base64') };
}
