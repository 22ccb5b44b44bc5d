// A/B: who asks for the new shop by a field or a cookie gets its folder, and stays there; of all others a share does.
import { defineMiddleware, type MiddlewareDefinition } from 'postern';

const variants: MiddlewareDefinition = defineMiddleware({
  create({ share = 0 }) {
    return async (exchange, next) => {
      const cookie = /(?:^|; )variant=([ab])(?:;|$)/.exec(exchange.headers.get('Cookie') ?? '')?.[1];
      const variant = exchange.headers.get('X-Variant') ?? cookie ?? (Math.random() < Number(share) ? 'b' : 'a');
      if (variant === 'b') exchange.serverPath = `/new${exchange.serverPath}`;
      const response = await next();
      if (cookie !== variant) response.headers.append('Set-Cookie', `variant=${variant}; Path=/; SameSite=Lax`);
      response.headers.append('Vary', 'X-Variant, Cookie');
      return response;
    };
  },
});

export default variants;
