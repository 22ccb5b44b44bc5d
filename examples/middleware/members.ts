// Refuses by a lookup: only members get in, and the server is told who it is. The list is an option of the config.
import { defineMiddleware, type MiddlewareDefinition } from 'postern';

const members: MiddlewareDefinition = defineMiddleware({
  create({ keys }, { log }) {
    const names = new Map(Object.entries(keys as Record<string, string>).map(([name, key]) => [key, name]));
    log.info(`${names.size} members may come in`);
    return async (exchange, next) => {
      const name = names.get(exchange.headers.get('X-Api-Key') ?? '');
      if (name === undefined) return Response.json({ error: 'members only' }, { status: 403 });
      exchange.user = name;
      exchange.headers.remove('X-Api-Key');
      exchange.headers.set('X-Member', name);
      return await next();
    };
  },
});

export default members;
