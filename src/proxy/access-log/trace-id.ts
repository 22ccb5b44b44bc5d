const shape = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
const noTrace = '0'.repeat(32);
const noParent = '0'.repeat(16);
/** Version 00 has nothing after the flags; later ones may. */
const version00Length = 55;

/** The trace id of a `traceparent` field (W3C Trace Context section 3.2); undefined where it is not valid. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined || !shape.test(traceparent)) return undefined;
  if (traceparent.startsWith('ff') || (traceparent.startsWith('00') && traceparent.length !== version00Length)) return undefined;
  if (traceparent.startsWith(noTrace, 3) || traceparent.startsWith(noParent, 36)) return undefined;
  return traceparent.slice(3, 35);
}
