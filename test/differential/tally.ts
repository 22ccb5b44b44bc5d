import { findingOf } from './finding.ts';
import type { Heard } from './heard.ts';
import type { Verdict } from './judge.ts';
import type { TestMessage } from './messages.ts';

/** Differences that are kept in full; more are only counted. */
const mostFindings = 50;

/** And numbers of messages that a server refused, for each kind of refusal. */
const mostExamples = 1000;

/** What a run has brought. */
export class Tally {
  sent = 0;
  /** Of which Postern sent something to a server. */
  passed = 0;
  /** All of them, also those that are not kept. */
  differences = 0;
  /** Items of a corpus file, each with what was understood differently. */
  readonly findings: string[] = [];
  /** What the servers refused although Postern had passed it on: how often, and numbers of the first of the messages. */
  readonly refusals: Map<string, { count: number; readonly examples: number[] }> = new Map();

  /** So much has been found that more would tell nothing new. */
  get full(): boolean {
    return this.findings.length >= mostFindings;
  }

  add(server: string, message: TestMessage, verdict: Verdict): void {
    if (verdict.differences.length > 0) this.#keep(`${server}: ${verdict.differences.join('; ')}`, message);
    for (const refusal of verdict.refusals) {
      const key = `${server}: ${refusal}`;
      const known = this.refusals.get(key) ?? { count: 0, examples: [] };
      known.count += 1;
      if (known.examples.length < mostExamples && known.examples.at(-1) !== message.number)
        known.examples.push(message.number);
      this.refusals.set(key, known);
    }
  }

  /** Something came to a server that is no exchange of Postern's. */
  stray(server: string, heard: Heard, messages: readonly TestMessage[]): void {
    const what = heard.malformed ?? `${heard.method} ${heard.target} with the id ${JSON.stringify(heard.id)}`;
    const among = `${messages[0]?.number} to ${messages.at(-1)?.number}`;
    this.differences += 1;
    if (this.findings.length < mostFindings) this.findings.push(`# ${server} heard, in one of ${among}: ${what}\n`);
  }

  #keep(what: string, message: TestMessage): void {
    this.differences += 1;
    if (this.findings.length < mostFindings) this.findings.push(findingOf(message, what));
  }
}
