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
  const composer = new Composer({
    uniqueKeys: false,
    keepSourceTokens: false,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const documents = [...composer.compose(tokens, true, length)];
  const [document, second] = documents;
  const mistakes = documents.flatMap((each) => [...each.errors, ...each.warnings]).map(toMistake);
  if (second) {
    const message = 'Cannot read more than one document: a second one begins here';
    mistakes.push({ offset: second.range[0], message, remedy: 'leave out the line with --- and what follows' });
  }
  if (mistakes.length > 0) return { ok: false, lines, mistakes };
  if (document?.contents) return { ok: true, document, lines };
  const remedy = 'begin with listeners: and routes:, as in examples/minimal.yaml';
  return { ok: false, lines, mistakes: [{ offset: 0, message: 'Cannot use the file: it is empty', remedy }] };
}

/** Offset of the first token that is nested too deep. A loop, because this is what guards the recursion. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  let level = [...tokens];
  // Documents hold their value one level down.
  for (let depth = 0; depth <= deepest + 1; depth++) level = level.flatMap(below);
  return level[0]?.offset;
}

function below(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}

/** Our words for the parser's, where a config is likely to meet them. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  TAB_AS_INDENT: ['a tab cannot indent', 'use spaces'],
  BAD_ALIAS: ['a value that begins with * is taken for an alias', 'write it in quotes: "*"'],
  BAD_INDENT: [
    'the indentation does not fit the lines above',
    'indent what belongs together equally, and close every bracket',
  ],
  BAD_SCALAR_START: ['a value cannot begin with this sign', 'write it in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'there are two keys on one line',
    'write values with ": " in quotes, or the second key on its own line',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'a colon is missing, or a key goes over several lines',
    'write each key on one line with ": " after it',
  ],
  MISSING_CHAR: ['something is missing here', 'close the quotes or bracket, or put a space after the colon'],
  TAG_RESOLVE_FAILED: [
    'tags (!) are not known here',
    'leave the tag out, or write a text that begins with ! in quotes',
  ],
};

function toMistake(error: YAMLError): SyntaxMistake {
  const known = words[error.code];
  const what = known ? `${known[0]} (${oneLine(error.message)})` : oneLine(error.message);
  return {
    offset: error.pos[0],
    message: `Cannot read the file: ${what}`,
    remedy: known?.[1] ?? 'write it as plain YAML',
  };
}

function oneLine(message: string): string {
  return message.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').slice(0, 120);
}
