const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:$|-)/;
const version00Length = 55;

/** The trace id of a `traceparent` field (W3C Trace Context section 3.2); undefined where it is not valid. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined) return undefined;
  const [, version, traceId, parentId] = shape.exec(traceparent) ?? [];
  if (traceId === undefined || version === 'ff') return undefined;
  if (version === '00' && traceparent.length !== version00Length) return undefined;
  return allZero.test(traceId) || allZero.test(parentId!) ? undefined : traceId;
}

const allZero = /^0+$/;
