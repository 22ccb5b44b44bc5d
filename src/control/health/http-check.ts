import { compileRegex, type ExpectedAnswer, type ExpectedText } from '../../proxy/index.ts';
import { failed, passed, type CheckResult } from './check-result.ts';
import type { HttpAnswer } from './http-ask.ts';

/** Says of an answer whether it is the expected one. Made once a check: patterns are compiled. */
export function answerJudge(expect: ExpectedAnswer): (answer: HttpAnswer) => CheckResult {
  const wanted = expect.status.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
  const fields = expect.headers.map(([name, text]) => [name, textTest(text)] as const);
  const fits = expect.body && textTest(expect.body);
  return (answer) => {
    if (answer.why !== undefined) return answer.own ? { kind: 'void', why: answer.why } : failed(answer.why);
    const { status, headers, body } = answer;
    if (!expect.status.some(([from, to]) => status >= from && status <= to)) {
      return failed(`answered ${status}, expected ${wanted}`);
    }
    for (const [name, test] of fields) {
      const values = headers.getAll(name);
      if (values.length === 0) return failed(`answered ${status} without the field ${name}`);
      if (!values.some(test)) return failed(`answered ${status}, but the field ${name} is not as expected`);
    }
    if (fits !== undefined && !fits(body)) return failed(`answered ${status}, but its body is not as expected`);
    return passed(`answered ${status}`);
  };
}

function textTest(expected: ExpectedText): (text: string) => boolean {
  switch (expected.kind) {
    case 'present':
      return () => true;
    case 'is':
      return (text) => text === expected.text;
    case 'contains':
      return (text) => text.includes(expected.text);
    default: {
      const regex = compileRegex(expected.text);
      return (text) => regex.test(text);
    }
  }
}
