/** An error of people's own program in one line, whatever it threw. Never throws. */
export function wordsFor(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return text.split('\n', 1)[0]!.slice(0, 300);
  } catch {
    return 'it threw something that cannot be shown';
  }
}
