// Answers JSON without asking a server.
import type { Middleware } from 'postern';

export const health: Middleware = (exchange) =>
  Response.json({ status: 'ok', host: exchange.host, tls: exchange.tls?.version ?? null });
