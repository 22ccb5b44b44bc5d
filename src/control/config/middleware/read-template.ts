import { toBytes, variableNames, type Template, type TemplatePart, type VariableName } from '../../../proxy/index.ts';
import { isToken } from '../../../wire/chars.ts';
import { nearest } from '../nearest.ts';
import { bad, good, type Reader, type Reading } from '../reading.ts';

/** Variables that are followed by a name. */
const named = ['header', 'cookie', 'queryParam'] as const;

/**
 * Takes a text with variables apart: `{host}`, `{header:Name}`, `{1}` for a group of a pattern; `{{` is a plain brace.
 *
 * @param captures there is a pattern, so that groups mean something.
 */
export function templateReader(captures: boolean): Reader<Template> {
  return (text) => {
    const parts: TemplatePart[] = [];
    for (let at = 0; at < text.length;) {
      const open = text.indexOf('{', at);
      addText(parts, text.slice(at, open < 0 ? text.length : open));
      if (open < 0) break;
      if (text[open + 1] === '{') {
        addText(parts, '{');
        at = open + 2;
        continue;
      }
      const close = text.indexOf('}', open);
      if (close < 0) return bad('a { in it is not closed', 'close the variable with }, or write {{ for a plain brace');
      const part = readVariable(text.slice(open + 1, close), captures);
      if (!part.ok) return withBetter(part, text, open, close);
      parts.push(part.value);
      at = close + 1;
    }
    return good(parts);
  };
}

/** Text beside text is one part, so that equal texts are equal templates. */
function addText(parts: TemplatePart[], text: string): void {
  if (text === '') return;
  const last = parts.at(-1);
  const bytes = toBytes(text);
  if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + bytes };
  else parts.push({ kind: 'text', text: bytes });
}

/** The whole text with the one variable put right. */
function withBetter(reading: Reading<never>, text: string, open: number, close: number): Reading<never> {
  if (reading.ok || reading.better === undefined) return reading;
  return { ...reading, better: `${text.slice(0, open)}{${reading.better}}${text.slice(close + 1)}` };
}

function readVariable(inner: string, captures: boolean): Reading<TemplatePart> & { better?: string } {
  if (/^\d{1,2}$/.test(inner)) return captures ? good({ kind: 'capture', number: Number(inner) }) : noPattern;
  const colon = inner.indexOf(':');
  if (colon >= 0) return readNamed(inner.slice(0, colon), inner.slice(colon + 1));
  const name = variableNames.find((each) => each === inner);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one of the names
  if (name !== undefined) return good({ kind: 'variable', name: name as VariableName });
  const near = nearest(inner, variableNames);
  const list = [...variableNames, ...named.map((each) => `${each}:...`)].map((each) => `{${each}}`).join(', ');
  return bad('it has a variable that is not known', `the variables are ${list}; {{ is a plain brace`, near);
}

const noPattern = bad('it has a group of a pattern, and there is no pattern here', 'write {{ for a plain brace');

function readNamed(kind: string, name: string): Reading<TemplatePart> & { better?: string } {
  const known = named.find((each) => each === kind);
  if (known === undefined) {
    const near = nearest(kind, named);
    const better = near === undefined ? undefined : `${near}:${name}`;
    return bad(
      'it has a variable that is not known',
      'with a name there are {header:...}, {cookie:...} and {queryParam:...}',
      better,
    );
  }
  if (known === 'queryParam') return name === '' ? noName : good({ kind: known, name: toBytes(name) });
  if (!isToken(name)) return noName;
  if (known === 'header' && name.toLowerCase() === 'host') {
    return bad('Host is not among the fields here', 'write {host}', 'host');
  }
  return good({ kind: known, name });
}

const noName = bad('it has a variable without a name that could be one', 'write for example {header:User-Agent}');

/** The highest number of a group in it; 0: none but the match itself. */
export function highestGroup(template: Template): number {
  return Math.max(0, ...template.map((part) => (part.kind === 'capture' ? part.number : 0)));
}
