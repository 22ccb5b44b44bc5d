import type { RoutePlan } from '../plan.ts';
import { Choices, type Candidate } from './candidate.ts';
import type { RequestView } from './request-view.ts';
import { Segment } from './segment.ts';

/** Routes for which case counts, and those for which it does not: their paths are in lower case here. */
interface ByCase<T> {
  readonly plain: T;
  readonly folded: T;
}

/**
 * The routes of one host, by path, where some of them ask for more than the path, have a pattern, or ignore case. The order
 * is that of `PathTable`, with the patterns between exact paths and all others, in the order of the config; of two routes
 * for the same path the one for which case counts comes first. Who asks for what does not hold is passed over.
 */
export class AskingPathTable {
  readonly #exact: ByCase<Map<string, Choices>> = { plain: new Map(), folded: new Map() };
  readonly #root: ByCase<Segment<Choices>> = { plain: new Segment(), folded: new Segment() };
  readonly #patterns: Candidate[] = [];

  add(candidate: Candidate): void {
    const { path, ignoreCase } = candidate.route;
    if (path.kind === 'regex') {
      this.#patterns.push(candidate);
      return;
    }
    // Where there is no letter, case makes no difference.
    const folds = ignoreCase && /[a-z]/i.test(path.path);
    this.#choices(path.kind, folds ? 'folded' : 'plain', folds ? path.path.toLowerCase() : path.path).add(candidate);
  }

  find(path: string, request: RequestView): RoutePlan | undefined {
    if (path.charCodeAt(0) === 0x2f) {
      const folded = path.toLowerCase();
      return (
        this.#findExact(path, folded, request) ??
        this.#findPattern(path, request) ??
        this.#findDeepest(path, folded, request)
      );
    }
    if (path !== '*') return undefined;
    return this.#findExact('/', '/', request) ?? pickAt(this.#root.plain, this.#root.folded, true, request);
  }

  #choices(kind: 'exact' | 'folder' | 'prefix', key: keyof ByCase<unknown>, text: string): Choices {
    if (kind !== 'exact') return (this.#root[key].at(text)[kind] ??= new Choices());
    const known = this.#exact[key].get(text);
    if (known !== undefined) return known;
    const made = new Choices();
    this.#exact[key].set(text, made);
    return made;
  }

  #findExact(path: string, folded: string, request: RequestView): RoutePlan | undefined {
    return this.#exact.plain.get(path)?.pick(request) ?? this.#exact.folded.get(folded)?.pick(request);
  }

  #findPattern(path: string, request: RequestView): RoutePlan | undefined {
    // What is asked of the request is mostly cheaper than a pattern.
    for (const { route, test, pattern } of this.#patterns)
      if ((test === undefined || test(request)) && pattern!.test(path)) return route;
    return undefined;
  }

  /** Down as far as the path leads in either tree, then up again until a route has nothing against the request. */
  #findDeepest(path: string, folded: string, request: RequestView): RoutePlan | undefined {
    const plainTrail: (Segment<Choices> | undefined)[] = [this.#root.plain];
    const foldedTrail: (Segment<Choices> | undefined)[] = [this.#root.folded];
    let slash = 0;
    while (slash >= 0) {
      const next = path.indexOf('/', slash + 1);
      const end = next < 0 ? path.length : next;
      const plain = plainTrail.at(-1)?.below?.get(path.slice(slash + 1, end));
      const other = foldedTrail.at(-1)?.below?.get(folded.slice(slash + 1, end));
      if (plain === undefined && other === undefined) break;
      plainTrail.push(plain);
      foldedTrail.push(other);
      slash = next;
    }
    for (let depth = plainTrail.length - 1; depth >= 0; depth--) {
      const goesOn = slash >= 0 || depth < plainTrail.length - 1;
      const route = pickAt(plainTrail[depth], foldedTrail[depth], goesOn, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }
}

/** @param goesOn the path has a slash behind this segment: folders are for what comes then. */
function pickAt(
  plain: Segment<Choices> | undefined,
  folded: Segment<Choices> | undefined,
  goesOn: boolean,
  request: RequestView,
): RoutePlan | undefined {
  const folder = goesOn ? pickFrom(plain?.folder, folded?.folder, request) : undefined;
  return folder ?? pickFrom(plain?.prefix, folded?.prefix, request);
}

function pickFrom(
  plain: Choices | undefined,
  folded: Choices | undefined,
  request: RequestView,
): RoutePlan | undefined {
  return plain?.pick(request) ?? folded?.pick(request);
}
