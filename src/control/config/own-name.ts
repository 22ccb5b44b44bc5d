import { registerHooks } from 'node:module';

/**
 * From now on `import 'postern'` finds this very program where nothing else of the name is installed: so a config in TypeScript
 * needs no folder `node_modules` beside it. For threads and processes that load configs alone, as it holds for all that they
 * import.
 */
export function answerToOwnName(): void {
  const index = new URL(`../../index${import.meta.url.slice(-3)}`, import.meta.url).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'postern') return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return { url: index, shortCircuit: true };
      }
    },
  });
}

/** The same for data threads: the part of this program that is for middleware, whatever else is installed. */
export function answerToOwnNameInData(): void {
  const door = new URL(`../../middleware-door${import.meta.url.slice(-3)}`, import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'postern' ? { url: door, shortCircuit: true } : next(specifier, context),
  });
}
