type Environment = Readonly<Record<string, string | undefined>>;

/** The same environment; the values that are asked for are noted in `used`. */
export function recordUsed(environment: Environment, used: Set<string>): Environment {
  return new Proxy(environment, {
    get: (target, name) => {
      const value = typeof name === 'string' ? target[name] : undefined;
      if (value !== undefined) used.add(value);
      return value;
    },
  });
}
