// The database served by PostGraphile 5: its schema is made from the tables, and from functions that were written for it.
// `node postgraphile.mjs PORT FILE`: FILE is JSON with the connection and how many of them there may be.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, file] = process.argv.slice(2);
const { connection, connections } = JSON.parse(readFileSync(file, "utf8"));
const pool = new pg.Pool({ ...connection, max: connections });

const served = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
}).createServ(grafserv);
const server = createServer();
await served.addTo(server);
const graphql = server.listeners("request");
server.removeAllListeners("request");
server.on("request", (request, response) => {
  if (request.url === "/healthz") return void response.end("ok");
  for (const listener of graphql) listener.call(server, request, response);
});
server.listen(Number(port), "127.0.0.1");
