import { z } from 'zod';
import { configSchema } from './schema.ts';

/** How a setting of any type is taken from the environment. */
const FROM_ENVIRONMENT = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' };

/** The JSON schema of `cohort-sync.yaml`, for editors, as the text of `cohort-sync.schema.json`. */
export function jsonSchemaText(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const { type, enum: choices, pattern, format } = jsonSchema;
      const takesAnyText =
        type === 'string' && choices === undefined && pattern === undefined && format === undefined;
      if (type === 'object' || type === 'array' || type === undefined || takesAnyText) return;
      if (jsonSchema.const !== undefined) return;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      allowVariable(jsonSchema);
    },
  });
  return `${JSON.stringify({ title: 'cohort-sync.yaml', ...schema }, null, 2)}\n`;
}

/** Moves what a value must be into an alternative, beside `${NAME}`; what describes it stays outside. */
function allowVariable(schema: Record<string, unknown>): void {
  const outside = new Set(['description', 'default']);
  const inside = Object.entries(schema).filter(([key]) => !outside.has(key));
  for (const [key] of inside) delete schema[key];
  schema.anyOf = [Object.fromEntries(inside), FROM_ENVIRONMENT];
}
