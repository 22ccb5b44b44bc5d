// Adds a field to each answer: how long the server took.
import type { Middleware } from 'postern';

const serverTiming: Middleware = async (_exchange, next) => {
  const began = performance.now();
  const response = await next();
  response.headers.append('Server-Timing', `app;dur=${(performance.now() - began).toFixed(1)}`);
  return response;
};

export default serverTiming;
