import type { EventKind } from './server-event.ts';

/** Who is told of what happens to servers. */
export interface EventsSettings {
  /** Undefined: no URL is. */
  readonly webhook?: WebhookPlan | undefined;
}

/** A URL that events are posted to. */
export interface WebhookPlan {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of these alone. */
  readonly on: readonly EventKind[];
  /** Of one try. */
  readonly timeoutMs: number;
}
