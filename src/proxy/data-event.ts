/** What a thread tells main at once, because main decides what follows. */
export type DataEvent =
  /** So many attempts in a row with this server have failed; the count begins anew. */
  | {
      readonly kind: 'streak';
      readonly pool: string;
      readonly server: string;
      readonly streak: StreakKind;
      readonly length: number;
    }
  /** An exchange has tried out whether the circuit breaker of the pool may close. */
  | { readonly kind: 'probe'; readonly pool: string; readonly ok: boolean };

/** What counts as a failure in a row of them: any, those of a gateway, those without an answer. */
export type StreakKind = 'failures' | 'gatewayFailures' | 'unanswered';

/** Takes what a thread has to say. Neither throws nor waits. */
export type TellEvent = (event: DataEvent) => void;
