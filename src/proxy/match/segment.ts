/** One segment of the configured folders and prefixes, and those that go on below it. */
export class Segment<T> {
  /** Of the folder that ends here: for what is below. */
  folder: T | undefined = undefined;
  /** Of the prefix that ends here: for the path itself and what is below. */
  prefix: T | undefined = undefined;
  below: Map<string, Segment<T>> | undefined = undefined;

  /** The place of a configured path below this one; what is missing on the way is made. */
  at(path: string): Segment<T> {
    // oxlint-disable-next-line typescript/no-this-alias -- the walk begins here
    let segment: Segment<T> = this;
    const end = path.endsWith('/') ? path.length - 1 : path.length;
    for (let at = 1; at <= end;) {
      const slash = path.indexOf('/', at);
      const stop = slash < 0 ? end : Math.min(slash, end);
      segment = segment.#child(path.slice(at, stop));
      at = stop + 1;
    }
    return segment;
  }

  #child(name: string): Segment<T> {
    this.below ??= new Map();
    let child = this.below.get(name);
    if (child === undefined) this.below.set(name, (child = new Segment()));
    return child;
  }
}
