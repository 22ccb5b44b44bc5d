/** When requests are refused so that the others are served in time. */
export interface ShedPlan {
  /** How late the event loop of a thread may be, on average over about a second, in ms; 0: that is not looked at. */
  readonly loopDelayMs: number;
  /** Those of low importance are refused while memory is short. */
  readonly memory: boolean;
}
