import { RowBook } from '../../core/shared/row-book.ts';
import { boundedTunnels, TunnelField, type Plan, type TunnelRows } from '../../proxy/index.ts';

/**
 * The tunnels of each route that bounds them, counted for all threads together. A route is known by its name, so a reload that
 * changes its bound keeps what is open in the count.
 */
export class TunnelBoard {
  readonly #rows: RowBook;

  /** @param places how many threads there may be at once. */
  constructor(places: number) {
    this.#rows = new RowBook(places);
  }

  /** The rows for a plan that threads are about to get. */
  rowsOf({ routes }: Pick<Plan, 'routes'>): TunnelRows {
    const places = boundedTunnels(routes).map((name) => [name, this.#rows.claim(name)] as const);
    return { memory: this.#rows.memory, routes: new Map(places) };
  }

  /** All threads have this plan: the rows of other routes are given up. */
  keep({ routes }: Pick<Plan, 'routes'>): void {
    this.#rows.keep(new Set(boundedTunnels(routes)));
  }

  /** A thread has ended, and its tunnels with it. */
  ended(place: number): void {
    this.#rows.ended(place);
  }

  /** Tunnels that are open on a route, over all threads; 0 where it has no bound. */
  open(route: string): number {
    return this.#rows.has(route) ? this.#rows.row(this.#rows.claim(route)).get(TunnelField.open) : 0;
  }
}
