// What docs/schema.md tells front-end teams to write; only the place of the schema differs.
import type { CodegenConfig } from '@graphql-codegen/cli';

const client = {
  preset: 'client',
  presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
  config: { scalars: { Date: 'string', DateTime: 'string', Decimal: { input: 'string | number', output: 'string' } } },
} as const;

const config: CodegenConfig = {
  schema: 'schema.graphql',
  generates: {
    'src/gql/': { documents: ['src/*.ts'], ...client },
    // docs/clients: the documents of every screen.
    'src/clients/': { documents: ['clients/**/*.graphql'], ...client },
  },
};

export default config;
