// Changes the small JSON answers of a server: prices are for those who are known.
import type { Middleware } from 'postern';

export const hidePrices: Middleware = async (exchange, next) => {
  // The answer is to be read, so the server must not compress it.
  exchange.headers.remove('Accept-Encoding');
  const response = await next();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json') ?? false;
  if (!isJson || exchange.user !== '') return response;
  const items = (await response.json({ limit: 200_000 })) as readonly { readonly price?: number }[];
  response.body = JSON.stringify(items.map(({ price: _price, ...rest }) => rest));
  response.headers.remove('ETag');
  return response;
};
