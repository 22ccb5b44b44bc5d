/** Where a value is in the config: `['routes', 2, 'to']`. */
export type ConfigPath = readonly (string | number)[];

/** One mistake (or doubt) in a config, for people and machines. Nothing in it comes from a substituted secret. */
export interface ConfigProblem {
  /** The file as it was named, or the option (`--from`) of a config made from a command. */
  readonly file: string;
  /** From 1; 0 where there is no position. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count; 0 where there is no position. */
  readonly column: number;
  /** `routes[2].to`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
  readonly severity: 'error' | 'warning';
}

/** One line: `file:line:column: what is wrong, what would be right`. Warnings say so before the message. */
export function formatProblem(problem: ConfigProblem): string {
  const kind = problem.severity === 'warning' ? 'warning: ' : '';
  return `${printable(placeText(problem))}: ${kind}${problem.message}, ${problem.remedy}`;
}

/** Where there are no lines, the path says where it is. */
function placeText({ file, line, column, path }: ConfigProblem): string {
  if (line > 0) return `${file}:${line}:${column}`;
  return path === '' || path === file ? file : `${file}: ${path}`;
}

/** `routes[2].to`; names that are not plain words stand in quotes. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]{1,100}$/.test(part)) text += `[${quote(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** A text from the config in quotes: on one line, cut where it is long, a password in a URL hidden. */
export function quote(text: string): string {
  const hidden = text.replace(/\/\/[^/@\s]*@/, '//***@');
  const short = hidden.length > 80 ? `${hidden.slice(0, 77)}...` : hidden;
  return `"${printable(short)}"`;
}

/** What a terminal could take for a command is written as an escape. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}"\\]/gu, (found) =>
    found === '"' || found === '\\' ? `\\${found}` : `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
}
