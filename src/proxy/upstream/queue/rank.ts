import { importances, type Importance } from '../../capacity-plan.ts';

/** Bits of a ticket; the importance stands above them. */
const ticketBits = 28;
const ticketMask = 2 ** ticketBits - 1;

/** Where an exchange stands among all that wait: a number from 1, which fits into a word. */
export function rankOf(importance: Importance, ticket: number): number {
  return ((importances.indexOf(importance) + 1) << ticketBits) | (ticket & ticketMask);
}

/** True: `a` comes first. Tickets wrap: of two that wait at the same time none is more than half a round older. */
export function comesBefore(a: number, b: number): boolean {
  const [classA, classB] = [a >> ticketBits, b >> ticketBits];
  return classA === classB ? (a - b) << (32 - ticketBits) < 0 : classA < classB;
}
