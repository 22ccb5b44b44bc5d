import { fieldChar } from '../../src/wire/chars.ts';

/** What of a text could have come in a field: the reader of heads lets nothing else through. */
export function fieldText(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) if (fieldChar[text.charCodeAt(i)] === 1) out += text[i]!;
  return out.replace(/^[ \t]+|[ \t]+$/g, '');
}
