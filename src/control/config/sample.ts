/** Texts that YAML takes for texts without quotes, also within brackets; a colon must have something after it. */
const plain = /^[a-z/]([\w./-]|:(?=[\w/]))*$|^\d+[a-z]+(\/s)?$|^\d+(\.\d+){3}(\/\d+|:\d+)?$/i;
const words = /^(true|false|null)$/i;

/** An example as it may stand in YAML. */
export function sample(example: unknown): string {
  if (typeof example === 'string')
    return plain.test(example) && !words.test(example) ? example : JSON.stringify(example);
  if (Array.isArray(example)) return `[${example.map(sample).join(', ')}]`;
  if (typeof example !== 'object' || example === null) return String(example);
  const pairs = Object.entries(example).map(([key, value]) => `${key}: ${sample(value)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}
