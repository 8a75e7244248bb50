// Operations as a front end writes them: with a fragment, variables, a union of refusals, and a subscription.
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
import { graphql } from './gql/gql';
import type { SubmitMutation, SubmitMutationVariables } from './gql/graphql';

export const Ping = graphql(`query Ping { __typename }`);

export const Viewer = graphql(`
  query Viewer {
    viewer { name ...Place }
  }
`);

export const Place = graphql(`
  fragment Place on Viewer { role level }
`);

export const Submit = graphql(`
  mutation Submit($enterprise: ID!, $day: Date!, $form: CommitmentFormInput!) {
    submitCommitment(enterpriseId: $enterprise, businessDate: $day, form: $form) {
      __typename
      ... on CommitmentSaved { commitment { id revision } }
      ... on InvalidFormRefusal { items { code message field } }
      ... on Refusal { code message field }
    }
  }
`);

export const Live = graphql(`
  subscription Live { markers { unreadCount } }
`);

// The compiler checks these: the form of the schema, and what comes back.
export const day: SubmitMutationVariables['day'] = '2026-11-24';
export function sentence(answer: SubmitMutation): string {
  const result = answer.submitCommitment;
  return result.__typename === 'CommitmentSaved' ? `第${result.commitment.revision}版` : result.message;
}

// What a client sends: the hash that the generator wrote beside the document, and no text.
export function body<Result, Variables>(
  document: DocumentTypeDecoration<Result, Variables>,
  variables: Variables,
): string {
  const { hash } = (document as unknown as { __meta__: { hash: string } }).__meta__;
  return JSON.stringify({ documentId: hash, variables });
}
