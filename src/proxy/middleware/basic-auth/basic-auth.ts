import { createHmac, randomBytes } from 'node:crypto';

import { ProxyError } from '../../../core/errors.ts';
import { Field } from '../../../core/field-names.ts';
import type { Feature, FeatureEnv, Hooks, Verdict, Work } from '../feature.ts';
import { readCredentials, type Credentials } from './credentials.ts';
import { removeTwins } from './twins.ts';
import { VerifiedCredentials } from './verified.ts';
import { verifyPassword, type PasswordHash } from './verify-password.ts';

export interface BasicAuthConfig {
  /** Printable ASCII. */
  readonly realm: string;
  /** At least one; no name twice. */
  readonly users: readonly { readonly name: string; readonly hash: PasswordHash }[];
  /** The field that tells the server who it is. */
  readonly header: string;
  /** The server gets the credentials too. */
  readonly forwardAuthorization: boolean;
  /** How long right credentials are not verified again; 0: each time. */
  readonly cacheMs: number;
}

/** Wrong ones are remembered for a shorter time: the password may just have been set. */
const wrongMs = 10_000;

const mostRemembered = 10_000;

/** Asks for a name and a password (RFC 7617), and tells the server the name. */
export const basicAuth: Feature<BasicAuthConfig> = {
  name: 'basic-auth',
  create: (config, env) => new BasicAuth(config, env),
};

class BasicAuth implements Hooks {
  readonly #config: BasicAuthConfig;
  readonly #env: FeatureEnv;
  readonly #users: ReadonlyMap<string, PasswordHash>;
  readonly #challenge: string;
  /** For the memory: without it the digests there tell nothing of the passwords. */
  readonly #key: Buffer = randomBytes(32);
  readonly #verified: VerifiedCredentials = new VerifiedCredentials(mostRemembered);
  /** A page brings many requests with the same credentials at once: they are verified together. */
  readonly #verifying: Map<string, Promise<boolean>> = new Map();

  constructor(config: BasicAuthConfig, env: FeatureEnv) {
    this.#config = config;
    this.#env = env;
    this.#users = new Map(config.users.map(({ name, hash }) => [name, hash]));
    this.#challenge = `Basic realm="${config.realm.replace(/["\\]/g, String.raw`\$&`)}", charset="UTF-8"`;
  }

  request(work: Work): Verdict | Promise<Verdict> {
    removeTwins(work.headers, this.#config.header);
    const fields = work.exchange.headers.getAll('Authorization');
    const credentials = fields.length === 1 ? readCredentials(fields[0]!) : undefined;
    if (credentials === undefined) return unauthorized();
    const digest = this.#digest(`${credentials.user}:${credentials.password}`);
    const known = this.#verified.get(digest, this.#env.clock.now());
    if (known !== undefined) return this.#judge(known, credentials, work);
    return this.#verify(digest, credentials, work);
  }

  /** Every refusal of this kind says how to do better. */
  response(answer: Parameters<NonNullable<Hooks['response']>>[0]): void {
    if (answer.own && answer.code === 'unauthorized') answer.headers.add('WWW-Authenticate', this.#challenge);
  }

  #judge(right: boolean, { user }: Credentials, work: Work): Verdict {
    if (!right) return unauthorized();
    const { header, forwardAuthorization } = this.#config;
    work.exchange.user = user;
    work.headers.add(header, Buffer.from(user).toString('latin1'));
    if (!forwardAuthorization) work.headers.filter((i) => work.headers.ids[i] !== Field.Authorization);
    return undefined;
  }

  async #verify(digest: string, credentials: Credentials, work: Work): Promise<Verdict> {
    let verifying = this.#verifying.get(digest);
    if (verifying === undefined) {
      if (this.#env.passwords.full)
        return new ProxyError('auth-busy', 'Cannot verify a password: too many wait already');
      verifying = this.#begin(digest, credentials).finally(() => this.#verifying.delete(digest));
      this.#verifying.set(digest, verifying);
    }
    const right = await verifying;
    return this.#judge(right, credentials, work);
  }

  async #begin(digest: string, { user, password }: Credentials): Promise<boolean> {
    const hash = this.#users.get(user);
    const matches = await this.#env.passwords.run(() => verifyPassword(password, hash ?? this.#standIn(user)));
    const right = matches && hash !== undefined;
    this.#env.turn(() => {
      const { cacheMs } = this.#config;
      if (cacheMs > 0)
        this.#verified.set(digest, right, this.#env.clock.now() + (right ? cacheMs : Math.min(cacheMs, wrongMs)));
    });
    return right;
  }

  /** For a name that nobody has: always the same user's, so that it takes as long as if somebody had the name. */
  #standIn(user: string): PasswordHash {
    const { users } = this.#config;
    return users[Number.parseInt(this.#digest(user).slice(0, 8), 16) % users.length]!.hash;
  }

  #digest(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

function unauthorized(): ProxyError {
  return new ProxyError('unauthorized', 'Cannot let the client in: it has no right name and password');
}
