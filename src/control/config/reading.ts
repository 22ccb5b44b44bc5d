/**
 * What became of one text of the config. `what` and `remedy` are fixed sentences without any part of the text,
 * because the text may be a secret; `better` is made from it and is shown only where it is not.
 */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly what: string; readonly remedy: string; readonly better?: string };

/** Turns a text into a value, or says why not. Never throws. */
export type Reader<T> = (text: string) => Reading<T>;

export function good<T>(value: T): Reading<T> {
  return { ok: true, value };
}

/** @param better what the text should have been, if that can be told. */
export function bad(what: string, remedy: string, better?: string): Reading<never> {
  return better === undefined ? { ok: false, what, remedy } : { ok: false, what, remedy, better };
}
