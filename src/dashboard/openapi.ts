import { z } from 'zod';
import { ROUTES, type Route } from './routes.ts';
import { problem } from './schemas.ts';
import { SESSION_COOKIE } from './session.ts';

/** The API as OpenAPI 3.1, made from the schemas that check it. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of Object.values<Route>(ROUTES)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'cohort-sync',
      version,
      description: 'Keeps paid license seats in step with a teaching roster.',
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Of the pages' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
  };
}

function operationOf(route: Route): object {
  const { operation, summary, role, path, query, body, answers, problems, text } = route;
  const pathParameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const always = role === null ? [] : [401, 429, ...(role === 'operator' ? [403] : [])];
  return {
    operationId: operation,
    summary,
    ...(role === null ? { security: [] } : { security: [{ token: [] }, { session: [] }], 'x-role': role }),
    parameters: [...pathParameters, ...(query === undefined ? [] : queryParameters(query))],
    ...(body === undefined
      ? {}
      : { requestBody: { required: false, content: json(schemaOf(body, 'input')) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [status, answerOf(schema, text)]),
      ),
      ...Object.fromEntries([...new Set([...always, ...problems])].map((status) => [status, PROBLEM])),
    },
  };
}

const PROBLEM = {
  description: 'What happened, and what to do',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function answerOf(schema: z.ZodType | null, text = 'text/plain'): object {
  if (schema === null) return { description: 'Done', content: { [text]: { schema: { type: 'string' } } } };
  return { description: 'Done', content: json(schemaOf(schema, 'output')) };
}

function json(schema: object): object {
  return { 'application/json': { schema } };
}

function queryParameters(query: z.ZodType): object[] {
  const { properties = {} } = schemaOf(query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
