/** A reader that has gone (`postern status | head -1`) is no reason to die: what it does not read is lost. */
export function surviveBrokenPipes(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** A command's product: what it was called for. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Why a command failed: one line, which names the thing and what to do. */
export function complain(message: string): void {
  process.stderr.write(`postern: ${message}\n`);
}
