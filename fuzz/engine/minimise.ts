/** Some finds take seconds each time, because something never comes. */
const mostMs = 60_000;

/**
 * A smaller input that still fails: stretches are left out, long ones first, then bytes are made plain. Ends when nothing
 * more can go, after `mostRuns`, or after a minute.
 */
export async function minimise(
  input: Buffer,
  fails: (input: Buffer) => Promise<boolean>,
  mostRuns: number,
): Promise<Buffer> {
  let smallest = input;
  let runs = 0;
  const end = performance.now() + mostMs;
  const isOver = (): boolean => runs >= mostRuns || performance.now() > end;
  const attempt = async (candidate: Buffer): Promise<boolean> => {
    if (isOver()) return false;
    runs++;
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  for (let size = Math.max(1, input.length >> 1); size >= 1; size >>= 1) {
    for (let at = 0; at < smallest.length && !isOver();) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (!(await attempt(without))) at += size;
    }
  }
  for (let at = 0; at < smallest.length && !isOver(); at++) {
    if (smallest[at] === 0x61) continue;
    const plain = Buffer.from(smallest);
    plain[at] = 0x61;
    await attempt(plain);
  }
  return smallest;
}
