// Writes src/api/types.gen.ts from docs/openapi.json: `npm run types`; `--check` only compares.
// Small and ours, because the known generators need the compiler API that TypeScript 7 dropped.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, '..', 'docs', 'openapi.json');
const target = join(root, 'src', 'api', 'types.gen.ts');

const SCALARS = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

const union = (members) => [...new Set(members)].join(' | ');
const within = (type) => (type.includes(' | ') || type.startsWith('readonly ') ? `(${type})` : type);

/** The TypeScript type of a JSON schema. */
function typeOf(schema) {
  if (schema === true || schema === undefined) return 'unknown';
  if (schema.$ref) return nameOf(schema.$ref.split('/').at(-1));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((each) => JSON.stringify(each)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map(typeOf));
  if (schema.allOf) return schema.allOf.map((each) => within(typeOf(each))).join(' & ');
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })));
  if (schema.type === 'array') return arrayOf(schema);
  if (schema.type === 'object' || schema.properties) return objectOf(schema);
  return SCALARS[schema.type] ?? 'unknown';
}

function arrayOf(schema) {
  if (schema.prefixItems) return `readonly [${schema.prefixItems.map(typeOf).join(', ')}]`;
  return `readonly ${within(typeOf(schema.items))}[]`;
}

function objectOf(schema) {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) {
    const values = schema.additionalProperties;
    return `Readonly<Record<string, ${values && values !== true ? typeOf(values) : 'unknown'}>>`;
  }
  return `{\n${fields.map(([name, field]) => member(name, field, schema)).join('\n')}\n}`;
}

function member(name, field, schema) {
  // A field with a default is always answered, and need not be sent: `optional` errs towards sending.
  const optional = (schema.required ?? []).includes(name) ? '' : '?';
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return `${comment(field.description, '  ')}  readonly ${key}${optional}: ${typeOf(field)};`;
}

const comment = (text, indent) =>
  text ? `${indent}/** ${text.replaceAll('*/', '*\\/').split('\n')[0].trim()} */\n` : '';

const nameOf = (name) => name.replaceAll(/\W/g, '_');

function generate() {
  const { components } = JSON.parse(readFileSync(source, 'utf8'));
  const schemas = Object.entries(components?.schemas ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = schemas.map(
    ([name, schema]) => `${comment(schema.description, '')}export type ${nameOf(name)} = ${typeOf(schema)};\n`,
  );
  return `// Generated from docs/openapi.json by \`make types\`; do not edit.\n\n${parts.join('\n')}`;
}

if (!existsSync(source)) {
  console.error('docs/openapi.json is missing: `make types` writes it');
  process.exit(1);
}
const wanted = generate();
if (!process.argv.includes('--check')) {
  writeFileSync(target, wanted);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== wanted) {
  console.error('src/api/types.gen.ts is not up to date: `make types`');
  process.exit(1);
}
