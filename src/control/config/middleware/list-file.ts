/** One line of a list file that says something. */
export interface ListLine {
  /** From 1. */
  readonly line: number;
  /** Without comment and white space around it. */
  readonly content: string;
}

/**
 * The lines of a file of which each is one entry; empty ones and comments are left out.
 *
 * @param comments what follows a `#` anywhere is a comment; otherwise only lines that begin with one are.
 */
export function* linesOf(bytes: Buffer, comments: 'anywhere' | 'whole lines' = 'anywhere'): Generator<ListLine> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let line = 0;
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    line++;
    const content = contentOf(text.slice(from, end), comments);
    if (content !== '') yield { line, content };
    from = end + 1;
  }
}

function contentOf(line: string, comments: 'anywhere' | 'whole lines'): string {
  if (comments === 'whole lines') return line.startsWith('#') ? '' : line.replace(/\r$/, '');
  const hash = line.indexOf('#');
  return (hash < 0 ? line : line.slice(0, hash)).trim();
}
