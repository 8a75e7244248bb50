// Runs every server audit of graphql-http against one URL: node run_audits.mjs http://127.0.0.1:8000/graphql
// Each audit has to be "ok"; a "warn" is something the specification recommends, and counts as a failure here.

import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node run_audits.mjs <url>');
  process.exit(2);
}

const audits = serverAudits({ url });
let passed = 0;
for (const { id, name, fn } of audits) {
  const result = await fn().catch((reason) => ({ status: 'error', reason: String(reason) }));
  const ok = result.status === 'ok';
  passed += ok ? 1 : 0;
  console.log(`${id}  ${result.status.padEnd(6)} ${name}${ok ? '' : `\n      ${result.reason ?? ''}`}`);
}
console.log(`${passed} of ${audits.length} ok`);
process.exit(passed === audits.length && audits.length > 0 ? 0 : 1);
