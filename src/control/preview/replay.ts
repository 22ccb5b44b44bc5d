import { Headers } from '../../core/headers.ts';
import { Router, type Condition, type Plan, type RoutePlan } from '../../proxy/index.ts';

/** What the access log says of a request that decides its route. */
interface LoggedRequest {
  readonly listener: string;
  readonly scheme: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly client: string;
  /** Where it went; empty: nowhere. */
  readonly route: string;
  readonly pool: string;
}

/** Requests that would go elsewhere. */
export interface Move {
  /** Route and pool, `none` where there is no route. */
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  /** One of them. */
  readonly example: string;
}

/** Where requests that were logged would go by another plan. */
export interface ReplayResult {
  /** They would take the same route to the same pool. */
  readonly same: number;
  /** The most first; at most 100 kinds. */
  readonly moved: readonly Move[];
  /** Their route depends on what the log does not say: fields, cookies, masked parameters, TLS. */
  readonly undecidable: number;
  /** Lines that are none of the JSON access log. */
  readonly unreadable: number;
}

interface CountedMove extends Move {
  requests: number;
}

/** Kinds of moves that are told apart. */
const mostMoves = 100;

/** Sends logged requests by another plan's router, line by line. */
export class Replay {
  readonly #full: TwoRouters;
  /** For requests whose query has masked parts. */
  readonly #masked: TwoRouters;
  readonly #moves: Map<string, CountedMove> = new Map();
  #others: CountedMove | undefined;
  #same = 0;
  #undecidable = 0;
  #unreadable = 0;

  constructor(plan: Plan) {
    this.#full = new TwoRouters(plan.routes, (condition) => unlogged.has(condition.kind));
    this.#masked = new TwoRouters(plan.routes, ({ kind }) => unlogged.has(kind) || kind === 'query');
  }

  /** One line of the log. */
  add(line: string): void {
    if (line.trim() === '') return;
    const request = readLine(line);
    if (request === undefined) {
      this.#unreadable++;
      return;
    }
    const routers = request.query.includes('***') ? this.#masked : this.#full;
    const found = routers.find(request);
    if (found === 'undecidable') this.#undecidable++;
    else this.#compare(request, found);
  }

  get result(): ReplayResult {
    const moved = [...this.#moves.values(), ...(this.#others ? [this.#others] : [])];
    moved.sort((a, b) => b.requests - a.requests);
    return { same: this.#same, moved, undecidable: this.#undecidable, unreadable: this.#unreadable };
  }

  #compare(request: LoggedRequest, route: RoutePlan | undefined): void {
    const from = placeOf(request.route, request.pool);
    // Which of several pools has it is up to turns and clients: the one that had it is as good as any.
    const shared = route?.split?.parts.some(({ pool }) => pool === request.pool) === true;
    const to = placeOf(route?.name ?? '', shared ? request.pool : (route?.pool ?? ''));
    if (from === to) {
      this.#same++;
      return;
    }
    const { method, scheme, host, path } = request;
    const move = this.#moveOf(from, to, `${method} ${scheme}://${host}${path}`);
    move.requests++;
  }

  #moveOf(from: string, to: string, example: string): CountedMove {
    const key = JSON.stringify([from, to]);
    const known = this.#moves.get(key);
    if (known !== undefined) return known;
    if (this.#moves.size >= mostMoves) return (this.#others ??= { from: 'others', to: 'others', requests: 0, example });
    const move = { from, to, requests: 0, example };
    this.#moves.set(key, move);
    return move;
  }
}

/** What the log says nothing of. */
const unlogged: ReadonlySet<Condition['kind']> = new Set<Condition['kind']>(['header', 'cookie', 'tls']);

/**
 * The routes with and without those that ask for what is not known. Where one that asks cannot win even if all that it asks
 * for is true, it makes no difference what that is.
 */
class TwoRouters {
  readonly #asking: ReadonlySet<string>;
  readonly #router: Router;

  constructor(routes: readonly RoutePlan[], isUnknown: (condition: Condition) => boolean) {
    const asks = ({ when }: RoutePlan): boolean => when !== undefined && someOf(when, isUnknown);
    this.#asking = new Set(routes.filter(asks).map(({ name }) => name));
    // A condition that always holds keeps its route's place among others with the same path.
    const always: Condition = { kind: 'all', of: [] };
    this.#router = new Router(routes.map((route) => (asks(route) ? { ...route, when: always } : route)));
  }

  find({ listener, scheme, method, host, path, query, client }: LoggedRequest): RoutePlan | undefined | 'undecidable' {
    const route = this.#router.find({
      host,
      method,
      scheme: scheme === 'https' ? 'https' : 'http',
      headers: new Headers(),
      clientAddress: client,
      target: { path, query: query === '' ? '' : `?${query}` },
      client: { listener, tls: undefined },
    });
    return route !== undefined && this.#asking.has(route.name) ? 'undecidable' : route;
  }
}

function someOf(condition: Condition, holds: (condition: Condition) => boolean): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some((each) => someOf(each, holds));
  return condition.kind === 'not' ? someOf(condition.of, holds) : holds(condition);
}

function placeOf(route: string, pool: string): string {
  if (route === '') return 'none';
  return pool === '' ? route : `${route} -> ${pool}`;
}

const texts = ['listener', 'scheme', 'method', 'host', 'path', 'client'] as const;

function readLine(line: string): LoggedRequest | undefined {
  const { query = '', route = '', pool = '', ...rest } = parsed(line) ?? {};
  if (!texts.every((name) => typeof rest[name] === 'string')) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at just now
  return { ...(rest as unknown as LoggedRequest), query: String(query), route: String(route), pool: String(pool) };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object's entries are unknown
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
