import type { Condition, TextMatch } from '../plan.ts';
import { someCookie, someField, someParameter } from './request-values.ts';
import type { RequestView } from './request-view.ts';
import type { SharedParts } from './shared-parts.ts';
import { byteForm, compileText, pathForm, plainForm, type TextForm, type TextTest } from './text-test.ts';

export type RequestTest = (request: RequestView) => boolean;

export interface ConditionEnv {
  readonly parts: SharedParts;
  /** For what is asked of the path. */
  readonly ignoreCase: boolean;
}

/** Makes a function of a condition, once a plan: nothing is read or made at a request but what is asked for. */
export function compileCondition(condition: Condition, env: ConditionEnv): RequestTest {
  switch (condition.kind) {
    case 'all': {
      const tests = condition.of.map((each) => compileCondition(each, env));
      return (request) => holdsAll(tests, request);
    }
    case 'any': {
      const tests = condition.of.map((each) => compileCondition(each, env));
      return (request) => holdsAny(tests, request);
    }
    case 'not': {
      const test = compileCondition(condition.of, env);
      return (request) => !test(request);
    }
    case 'address': {
      const addresses = env.parts.addresses(condition.networks);
      return (request) => addresses.has(request.clientAddress);
    }
    case 'scheme': {
      const { scheme } = condition;
      return (request) => request.scheme === scheme;
    }
    case 'method':
      return methodTest(condition.methods);
    default:
      return textual(condition, env);
  }
}

/** What looks at a text. */
function textual(condition: Extract<Condition, { value: TextMatch }>, env: ConditionEnv): RequestTest {
  const test = (form: TextForm, ignoreCase: boolean): TextTest =>
    compileText(condition.value, { form, ignoreCase, parts: env.parts });
  switch (condition.kind) {
    case 'path': {
      const fits = test(pathForm, env.ignoreCase);
      return (request) => fits(request.target.path);
    }
    case 'tls':
      // Host names have no case; the handshake's is in lower case.
      return tlsTest(condition.what, test(plainForm, condition.what === 'serverName'));
    default:
      return valueTest(condition.kind, byteForm.written(condition.name), test(byteForm, false));
  }
}

function valueTest(kind: 'header' | 'query' | 'cookie', name: string, fits: TextTest): RequestTest {
  switch (kind) {
    case 'header':
      return (request) => someField(request.headers, name, fits);
    case 'query':
      return (request) => someParameter(request.target.query, name, fits);
    default:
      return (request) => someCookie(request.headers, name, fits);
  }
}

function methodTest(methods: readonly string[]): RequestTest {
  const [only] = methods;
  if (methods.length === 1) return (request) => request.method === only;
  const set = new Set(methods);
  return (request) => set.has(request.method);
}

function tlsTest(what: 'version' | 'serverName' | 'clientSubject', fits: TextTest): RequestTest {
  switch (what) {
    case 'version':
      return ({ client: { tls } }) => tls !== undefined && fits(tls.version);
    case 'serverName':
      // Empty: the client named none.
      return ({ client: { tls } }) => tls !== undefined && tls.serverName !== '' && fits(tls.serverName);
    default:
      // Anyone can write a certificate: only one that has been verified says who somebody is.
      return ({ client: { tls } }) => tls?.clientCertificate?.valid === true && fits(tls.clientCertificate.subject);
  }
}

function holdsAll(tests: readonly RequestTest[], request: RequestView): boolean {
  for (const test of tests) if (!test(request)) return false;
  return true;
}

function holdsAny(tests: readonly RequestTest[], request: RequestView): boolean {
  for (const test of tests) if (test(request)) return true;
  return false;
}
