import { Composer, LineCounter, Parser, type CST, type Document, type YAMLError } from 'yaml';

/** The syntax tree of a config, or what is wrong with its syntax. */
export type ParsedYaml =
  | { readonly ok: true; readonly document: Document.Parsed; readonly lines: LineCounter }
  | { readonly ok: false; readonly mistakes: readonly SyntaxMistake[]; readonly lines: LineCounter };

export interface SyntaxMistake {
  /** In the text. */
  readonly offset: number;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Deepest nesting that is composed. The composer calls itself for each level, and a regular expression that V8 compiles
 * near the end of the stack aborts the whole process, so this must be far below what fits.
 */
const deepest = 50;

/** Parses YAML 1.2 (and so JSON) with the position of everything. Never throws. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    const offset = tooDeep(tokens);
    if (offset !== undefined) {
      const message = `Cannot read the file: it is nested more than ${deepest} levels deep here`;
      return { ok: false, lines, mistakes: [{ offset, message, remedy: 'no config needs more than 10' }] };
    }
    return compose(tokens, lines, text.length);
  } catch (error) {
    const message = `Cannot read the file: the parser gave up (${error instanceof Error ? error.name : 'unknown error'})`;
    return { ok: false, lines, mistakes: [{ offset: 0, message, remedy: 'write it as plain YAML' }] };
  }
}

function compose(tokens: readonly CST.Token[], lines: LineCounter, length: number): ParsedYaml {
  // Doubled keys are found by the reader of the tree, which can name both lines and needs no comparison of all with all.
  const composer = new Composer({ uniqueKeys: false, keepSourceTokens: false, logLevel: 'silent', prettyErrors: false });
  const documents = [...composer.compose(tokens, true, length)];
  const document = documents[0];
  const faults = documents.flatMap((each) => [...each.errors, ...each.warnings]);
  const mistakes = faults.map(toMistake);
  const second = documents[1];
  if (second) {
    const message = 'Cannot read more than one document: a second one begins here';
    mistakes.push({ offset: second.range[0], message, remedy: 'leave out the line with --- and what follows' });
  }
  if (mistakes.length === 0 && isWhole(document)) return { ok: true, document, lines };
  if (mistakes.length > 0) return { ok: false, lines, mistakes };
  const remedy = 'begin with listeners: and routes:, as in examples/minimal.yaml';
  return { ok: false, lines, mistakes: [{ offset: 0, message: 'Cannot use the file: it is empty', remedy }] };
}

function isWhole(document: unknown): document is Document.Parsed {
  return document !== undefined && (document as Document.Parsed).contents !== null;
}

/** Offset of the first token that is nested too deep. A loop, because this is what guards the recursion. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const left: { token: CST.Token; depth: number }[] = [];
  for (const token of tokens) left.push({ token, depth: 0 });
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next;
    if (depth > deepest) return token.offset;
    if (token.type === 'document') {
      if (token.value) left.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const item of token.items) {
        if (item.key) left.push({ token: item.key, depth: depth + 1 });
        if (item.value) left.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

/** Our words for the parser's, where a config is likely to meet them. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  TAB_AS_INDENT: ['a tab cannot indent', 'use spaces'],
  BAD_ALIAS: ['a value that begins with * is taken for an alias', 'write it in quotes: "*"'],
  BAD_INDENT: ['the indentation does not fit the lines above', 'indent what belongs together equally, and close every bracket'],
  BAD_SCALAR_START: ['a value cannot begin with this sign', 'write it in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['there are two keys on one line', 'write values with ": " in quotes, or the second key on its own line'],
  MULTILINE_IMPLICIT_KEY: ['a colon is missing, or a key goes over several lines', 'write each key on one line with ": " after it'],
  MISSING_CHAR: ['something is missing here', 'close the quotes or bracket, or put a space after the colon'],
  TAG_RESOLVE_FAILED: ['tags (!) are not known here', 'leave the tag out, or write a text that begins with ! in quotes'],
};

function toMistake(error: YAMLError): SyntaxMistake {
  const known = words[error.code];
  const what = known ? `${known[0]} (${oneLine(error.message)})` : oneLine(error.message);
  return { offset: error.pos[0], message: `Cannot read the file: ${what}`, remedy: known?.[1] ?? 'write it as plain YAML' };
}

function oneLine(message: string): string {
  return message.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').slice(0, 120);
}
