// Our schema served by Mercurius: compiled queries (jit), one statement with its JOINs for each request, no authorisation.
// `node mercurius.mjs PORT FILE`: FILE is JSON with the connection, the schema's SDL, and each root field's statement.
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const [port, file] = process.argv.slice(2);
const { connection, connections, schema, statements } = JSON.parse(readFileSync(file, "utf8"));

// Instants come as text in Shanghai's time, as the session is set; a JavaScript Date would lose the microseconds.
const instant = (text) => {
  const [second, fraction] = text.slice(11, -3).split(".");
  return `${text.slice(0, 10)}T${second}${fraction ? "." + fraction.padEnd(6, "0") : ""}${text.slice(-3)}:00`;
};
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, instant);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
const pool = new pg.Pool({ ...connection, max: connections });

const id = (type, own) => Buffer.from(`${type}:${own}`).toString("base64url");
const region = (own, name) => ({ id: id("Region", own), name });
const nextDay = (day) => new Date(Date.parse(day) + 864e5).toISOString().slice(0, 10);
const midnight = (day) => `${day}T00:00:00+08:00`;

const rowsOf = async (field, params) => {
  const { text, names } = statements[field];
  const values = names.map((name) => params[name]);
  return (await pool.query({ name: field, text, values, rowMode: "array" })).rows;
};
const page = (rows, first, node) => ({
  nodes: rows.slice(0, first).map(node),
  pageInfo: { hasNextPage: rows.length > first },
});

const commitment = (r) => ({
  id: id("Commitment", r[0]), businessDate: r[1], dueAt: r[2], state: r[3], revision: r[4], kind: r[5], status: r[6],
  origin: r[7], late: r[8], reportedAt: r[9], reportedBy: r[10], riskGrade: r[11], excess: r[12], stopReason: r[13],
  enterprise: {
    id: id("Enterprise", r[14]), name: r[15], creditCode: r[16], kind: r[17], address: r[18], region: region(r[19], r[20]),
  },
  region: region(r[21], r[22]),
});
const figures = (r) => ({
  region: region(r[0], r[1]),
  tally: {
    expected: r[2] ?? 0, reported: r[3] ?? 0, inProduction: r[4] ?? 0, stopped: r[5] ?? 0, unreported: r[6] ?? 0,
    onTime: r[7] ?? 0, late: r[8] ?? 0, automatic: r[9] ?? 0,
  },
});
const problem = (r) => ({
  id: id("Problem", r[0]), origin: r[1], addresseeName: r[2], issuerName: r[3], category: r[4], severity: r[5],
  description: r[6], rectifyOn: r[7], issuedAt: r[8], issuedBy: r[9], acknowledgeDue: r[10], feedBackDue: r[11],
  rectifyDue: r[12], state: r[13], acknowledgedAt: r[14], firstFeedbackAt: r[15], fedBackAt: r[16], endedAt: r[17],
  extensionUntil: r[18], revision: r[19], region: region(r[20], r[21]),
});
const record = (r) => ({
  id: id("Inspection", r[0]), kind: r[1], origin: r[2], state: r[3], businessDate: r[4], departmentName: r[5],
  personName: r[6], targetName: r[7], targetRegionName: r[8], openedAt: r[9], submittedAt: r[10], conclusion: r[11],
  conclusionText: r[12], rectifiedOnSite: r[13], replaced: r[14], revision: r[15], problemCount: r[16],
});
const alert = (r) => ({
  id: id("Alert", r[0]), kind: r[1], level: r[2], state: r[3], description: r[4], enterpriseName: r[5], openedAt: r[6],
  acknowledgeDue: r[7], feedBackDue: r[8], revision: r[9], region: region(r[10], r[11]),
});

const days = ({ where, first }) => ({ first_day: where.firstDay, last_day: where.lastDay, limit: first + 1 });
const resolvers = {
  Query: {
    commitments: async (_, asked) => {
      const { statuses, kinds } = asked.where;
      return page(await rowsOf("commitments", { ...days(asked), statuses, kinds }), asked.first, commitment);
    },
    commitmentOverview: async (_, { firstDay }) => {
      const [whole, ...parts] = (await rowsOf("commitmentOverview", { day: firstDay, region: "610000" })).map(figures);
      return { whole, parts };
    },
    problems: async (_, { where, first }) => {
      const span = { first_at: midnight(where.firstDay), until: midnight(nextDay(where.lastDay)) };
      return page(await rowsOf("problems", { ...span, limit: first + 1 }), first, problem);
    },
    inspections: async (_, asked) => page(await rowsOf("inspections", days(asked)), asked.first, record),
    alerts: async (_, { first }) => page(await rowsOf("alerts", { limit: first + 1 }), first, alert),
  },
};

const app = Fastify();
app.get("/healthz", async () => "ok");
app.register(mercurius, { schema, resolvers, jit: 1 });
await app.listen({ port: Number(port), host: "127.0.0.1" });
