/** What a call is answered with. The body goes out as JSON, unless it is a text of its own type. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Media type of a body that is a text. */
  readonly type?: string;
  /** Besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure in the form in which all of them come: a list of problems. */
export function problem(status: number, message: string, headers: Readonly<Record<string, string>> = {}): AdminAnswer {
  return { status, body: { problems: [{ message }] }, headers };
}
