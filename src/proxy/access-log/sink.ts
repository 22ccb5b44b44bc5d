/** Where batches of lines end up. One write at a time. */
export interface Sink {
  /** Most bytes that one write puts there in one piece, whoever else writes to the same place. */
  readonly pieceBytes: number;
  /**
   * Writes the bytes from `from` to `to`, or the first part of them.
   * @returns how many; 0: there is no room just now.
   * @throws {NodeJS.ErrnoException} what the system says.
   */
  write(bytes: Buffer, from: number, to: number): Promise<number>;
  /** Takes `tail` off the end again, the half of a line that found no more room. False: it is still there. */
  cut(tail: Buffer): Promise<boolean>;
  /** Never rejects. A write that has not come back yet is waited for, or ended. */
  close(): Promise<void>;
}
