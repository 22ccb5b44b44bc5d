/** What was thrown, in words; whatever it was. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}
