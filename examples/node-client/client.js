// A merchant's client of the gateway in Node, written from its specification alone: it makes a payment, asks for its state, and
// takes notifications. No package is needed. It works with the simulator (`go run . simulator`) and with the gateway.
import { createPrivateKey, createPublicKey, createSign, createVerify, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const { GATEWAY = "http://127.0.0.1:8090", MERCHANT_ID = "", PRIVATE_KEY = "", PUBLIC_KEY = "", PORT = "3001" } = process.env;
const ours = createPrivateKey({ key: Buffer.from(PRIVATE_KEY, "base64"), format: "der", type: "pkcs8" });
const theirs = createPublicKey({ key: Buffer.from(PUBLIC_KEY, "base64"), format: "der", type: "spki" });
const orders = new Map(); // merchant_transaction_id -> { amount, currency, status }

// canonical makes the string that is signed (guide 2.2): leaves as name=value, sorted at each level, names of objects and arrays left out.
function canonical(value) {
  if (Array.isArray(value)) return value.filter((v) => v !== null && typeof v === "object").map(canonical).filter(Boolean).join("&");
  const parts = [];
  for (const name of Object.keys(value).sort()) {
    const v = value[name];
    if (v === null) continue;
    const part = typeof v === "object" ? canonical(v) : `${name}=${v}`;
    if (part !== "" || typeof v !== "object") parts.push(part);
  }
  return parts.join("&");
}

const sign = (fields) => createSign("RSA-SHA1").update(canonical(fields), "utf8").sign(ours, "base64");

function verified(fields, signature) {
  return typeof signature === "string" && createVerify("RSA-SHA1").update(canonical(fields), "utf8").verify(theirs, signature, "base64");
}

// call sends a request. An answer that nobody signed says nothing about money: only a refusal may come so.
async function call(method, path, fields) {
  const headers = { signature: sign(fields), timestamp: String(Date.now()), "sign-type": "RSA" };
  if (method === "POST") headers["Content-Type"] = "application/json";
  const answer = await fetch(`${GATEWAY}/v4/merchants/${MERCHANT_ID}/payments${path}`, { method, headers, body: method === "POST" ? JSON.stringify(fields) : undefined });
  const body = await answer.json();
  if (body.return_code !== "SUCCESS") throw new Error(`${body.return_code}: ${body.return_msg}`);
  if (!verified(body, answer.headers.get("signature"))) throw new Error("the answer isn't signed by the gateway");
  return body.order ?? body;
}

// create makes a payment (guide 4.1.1). The order is kept before the call: its notification may be faster than the answer.
async function create(here, amount) {
  const id = randomBytes(24).toString("hex");
  orders.set(id, { amount, currency: "HKD", status: "WP" });
  const order = await call("POST", "", {
    merchant_id: MERCHANT_ID, merchant_transaction_id: id, payment_processor: "alipayhk", payment_method: "web_pay", order_description: "烏龍茶 & Tea",
    products: [{ product_id: "tea", name: "烏龍茶", cost_price: amount, price: amount, quantity: 1 }], transaction_amount: amount, transaction_currency: "HKD",
    transaction_time: String(Date.now()), country: "HK", notification_url: `${here}/notify`, redirect_url: `${here}/return`,
  });
  return { id, payment_url: order.payment_url };
}

// query asks for a payment's state (guide 4.1.3); a GET signs its path parameters.
const query = (id) => call("GET", `/${id}`, { merchant_id: MERCHANT_ID, merchant_transaction_id: id });

// notify takes a notification (guide 4.1.2): signed, for us, and of the amount that was asked for, or it changes nothing.
async function notify(request, response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    if ((size += chunk.length) > 64 << 10) return response.writeHead(413).end();
    chunks.push(chunk);
  }
  let fields;
  try {
    fields = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return response.writeHead(400).end();
  }
  if (fields === null || typeof fields !== "object" || !verified(fields, request.headers.signature)) return response.writeHead(401).end();
  const order = orders.get(fields.merchant_transaction_id);
  if (!order || fields.merchant_id !== MERCHANT_ID) return response.writeHead(404).end();
  if (fields.transaction_amount !== order.amount || fields.transaction_currency !== order.currency) return response.writeHead(409).end();
  if (order.status !== "PS") order.status = fields.transaction_status; // a real shop has a table of what may follow what (guide 5.1)
  response.writeHead(200, { "Content-Type": "application/json" }).end('{"code":"200","msg":"success"}');
}

const json = (response, status, value) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
const server = createServer(async (request, response) => {
  const url = new URL(request.url, `http://127.0.0.1:${server.address().port}`);
  try {
    if (request.method === "POST" && url.pathname === "/notify") await notify(request, response);
    else if (request.method === "POST" && url.pathname === "/buy") json(response, 200, await create(url.origin, url.searchParams.get("amount") ?? "168.00"));
    else if (url.pathname.startsWith("/orders/")) json(response, 200, orders.get(url.pathname.slice(8)) ?? null);
    else if (url.pathname.startsWith("/query/")) json(response, 200, await query(url.pathname.slice(7)));
    else response.writeHead(404).end();
  } catch (error) {
    json(response, 502, { error: error.message });
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
