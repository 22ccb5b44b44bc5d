import { requestCases, responseCases } from '../../test/corpus/cases.ts';

/** Longer ones are about limits, and slow. */
const longest = 2000;

/** What the corpus has clients send: mutations begin where somebody has found something already. */
export function corpusRequests(): string[] {
  return fitting(requestCases().map(({ send }) => send));
}

/** What it has servers answer. */
export function corpusResponses(): string[] {
  return fitting(responseCases().map(({ answer }) => answer));
}

function fitting(all: readonly Buffer[]): string[] {
  return all.filter(({ length }) => length <= longest).map((bytes) => bytes.toString('latin1'));
}
