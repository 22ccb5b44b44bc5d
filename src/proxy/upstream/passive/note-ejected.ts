import type { SharedRow } from '../../../core/shared/shared-rows.ts';
import type { Trace } from '../../../core/trace.ts';
import { readState } from '../../server-state.ts';

/** Who asks why gets to know which servers are out because of what traffic with them was like. */
export function noteEjected(
  trace: Trace,
  servers: readonly { readonly name: string; readonly row: SharedRow }[],
): void {
  const out = servers.filter(({ row }) => readState(row).ejected).map(({ name }) => name);
  if (out.length > 0) trace.add('pick', `out for a while, because of their traffic: ${out.join(', ')}`);
}
