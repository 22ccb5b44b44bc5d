const escapes = /%(?:u00)?([0-9a-f]{2})/gi;

/** Undoes percent-encoding once, also in the spelling `%u00XX`; what is not valid stays. Bytes in, bytes out (latin1). */
export function decodePercents(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(escapes, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Percent-encoding undone until nothing is left of it, or five times: a value may be a URL within a URL. */
export function decodeDeeply(text: string): string {
  let before = text;
  for (let depth = 0; depth < 5; depth++) {
    const after = decodePercents(before);
    if (after === before) break;
    before = after;
  }
  return before;
}
