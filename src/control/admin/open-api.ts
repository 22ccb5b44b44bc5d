import { z } from 'zod';

import type { Endpoint } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { problemsSchema } from './status-schema.ts';

/** Of the API, not of the product: it grows when something is added, and its first number when something goes. */
const apiVersion = '1.0.0';

const whoMay: Readonly<Record<Endpoint['access'], string>> = {
  open: 'Without a token.',
  read: 'Over TCP with the token, where `admin.tokenFile` names one.',
  token: 'Over TCP only with the token.',
  socket: 'Over the control socket only.',
};

/** The admin API as OpenAPI 3.1, made from the schemas that check it. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [key, endpoint] of Object.entries(endpoints)) {
    const [method = '', path = ''] = key.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = operation(method, path, endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern admin API',
      version: apiVersion,
      description:
        'HTTP over the control socket and, with `admin.listen`, over TCP. There may be more members in an answer than are named here. HEAD does as GET.',
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problems: schemaOf(problemsSchema, 'output') },
    },
    paths,
  };
}

function operation(method: string, path: string, endpoint: Endpoint): object {
  const { summary, access, request, answers, refusals = {} } = endpoint;
  const good = Object.entries(answers).map(([status, answer]) => [status, goodAnswer(status, answer)]);
  const bad = Object.entries(refusals).map(([status, description]) => [status, badAnswer(description)]);
  return {
    operationId: `${method.toLowerCase()}-${path.replace(/^\/(-|api\/v1)\//, '').replaceAll(/\W/g, '-')}`,
    summary,
    description: whoMay[access],
    ...(access === 'open' || access === 'socket' ? { security: [] } : { security: [{ token: [] }] }),
    ...(request !== undefined && {
      requestBody: {
        required: !request.safeParse({}).success,
        content: { 'application/json': { schema: schemaOf(request, 'input') } },
      },
    }),
    responses: { ...Object.fromEntries([...good, ...bad]), default: badAnswer('It says no, and why') },
  };
}

function goodAnswer(status: string, answer: z.ZodType | 'text'): object {
  const description = status === '503' ? 'It is not' : 'Done';
  if (answer === 'text') return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
  return { description, content: { 'application/json': { schema: schemaOf(answer, 'output') } } };
}

function badAnswer(description: string): object {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Problems' } } } };
}

/** Answers may grow: of what they have besides nothing is said. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      const { additionalProperties: more } = jsonSchema;
      const isEmpty = typeof more === 'object' && Object.keys(more).length === 0;
      if (io === 'output' && (more === false || isEmpty)) delete jsonSchema.additionalProperties;
    },
  });
  return made;
}
