import type { Mistake, Problems } from './source.ts';

/** Said one by one; of more than these the last one names the number of the others. */
const most = 10;

/**
 * One warning for each place, but few where there are many places: what is wrong with 10,000 routes is one thing, said
 * often.
 *
 * @param say makes the warning for a place.
 */
export function sayForSome<Place>(
  places: readonly Place[],
  problems: Problems,
  say: (place: Place) => Omit<Mistake, 'severity'>,
): void {
  const others = places.length - most;
  for (const [i, place] of places.slice(0, most).entries()) {
    const { message, ...rest } = say(place);
    const more = i === most - 1 && others > 0 ? `, and so it is with ${others.toLocaleString('en')} others` : '';
    problems.add({ ...rest, message: message + more, severity: 'warning' });
  }
}
