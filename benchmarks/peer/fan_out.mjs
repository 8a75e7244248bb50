// The same subscription served by graphql-ws on ws, as its own documentation shows it: one execution per subscriber.
// `node fan_out.mjs PORT FILE`: FILE holds the data; a POST to /publish publishes it again.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { buildSchema } from "graphql";
import { WebSocketServer } from "ws";
import { useServer } from "graphql-ws/use/ws";

const [port, file] = process.argv.slice(2);
const data = JSON.parse(readFileSync(file, "utf8"));
const waiting = new Set();

async function* overviews() {
  yield { todayOverview: data };
  for (;;) {
    await new Promise((wake) => waiting.add(wake));
    yield { todayOverview: data };
  }
}

const schema = buildSchema(`
  type Query { now: String }
  type Tally { expected: Int! inProduction: Int! stopped: Int! unreported: Int! onTime: Int! late: Int! }
  type Region { code: String! name: String! }
  type Figures { region: Region! tally: Tally! }
  type Overview { whole: Figures! parts: [Figures!]! }
  type Subscription { todayOverview: Overview! }
`);
const server = createServer((request, response) => {
  if (request.url === "/publish") {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  }
  response.end("ok");
});
const sockets = new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false });
useServer({ schema, roots: { subscription: { todayOverview: overviews } } }, sockets);
server.listen(Number(port), "127.0.0.1");
