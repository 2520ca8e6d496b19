// Somebody's own shop in Node: it makes a session at the checkout, sends the buyer to its page, and learns from a webhook that
// the order is paid. No package is needed; `standardwebhooks` from npm does what verified does, and more.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { CHECKOUT = "http://localhost:8080", API_KEY = "", WEBHOOK_SECRET = "", PORT = "3000" } = process.env;
const paid = new Set(); // references of our orders
const seen = new Set(); // webhook ids: a message can come twice

async function buy(response) {
  const reference = randomUUID();
  const answer = await fetch(`${CHECKOUT}/api/v1/sessions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json", "Idempotency-Key": reference },
    body: JSON.stringify({ items: [{ name: "Roasted oolong, 50 g", price: "168.00", quantity: 1 }], reference }),
  });
  if (!answer.ok) throw new Error(`the checkout answered ${answer.status}: ${await answer.text()}`);
  const session = await answer.json();
  response.writeHead(303, { Location: session.url }).end();
}

// verified tells whether a message is signed with our secret and not older than five minutes (standardwebhooks.com).
function verified(headers, body) {
  const id = headers["webhook-id"], at = headers["webhook-timestamp"];
  if (!id || !(Math.abs(Date.now() / 1000 - Number(at)) <= 300)) return false;
  const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
  const want = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((part) => {
    const [version, text = ""] = part.split(",");
    const got = Buffer.from(text, "base64");
    return version === "v1" && got.length === want.length && timingSafeEqual(got, want);
  });
}

async function hear(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (WEBHOOK_SECRET === "" || !verified(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers["webhook-id"];
  const { type, data } = JSON.parse(body);
  if (type === "order.paid" && !seen.has(id)) paid.add(data.reference); // here your shop sends the tea
  seen.add(id);
  response.writeHead(204).end();
}

const server = createServer(async (request, response) => {
  try {
    if (request.method === "POST" && request.url === "/buy") await buy(response);
    else if (request.method === "POST" && request.url === "/webhooks") await hear(request, response);
    else response.end(`<!doctype html><title>Tea</title><form method="post" action="/buy"><button>Buy the tea</button></form><p>Paid: ${paid.size}</p>`);
  } catch (error) {
    console.error(error.message);
    response.writeHead(502).end("Not possible at the moment.");
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
