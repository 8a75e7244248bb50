// What docs/schema.md tells front-end teams to write; only the place of the schema differs.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/**/*.ts', '!src/gql/**'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: { scalars: { Date: 'string', DateTime: 'string', Decimal: { input: 'string | number', output: 'string' } } },
    },
  },
};

export default config;
