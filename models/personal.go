package models

// fate is what becomes of a column's values in the course of the years (docs/operations.md, "Retention").
type fate int

const (
	kept   fate = iota // bookkeeping, evidence of money, the shop's own texts: for ever
	erased             // a buyer's: emptied when a finished order is old
	masked             // a message: the buyer's fields inside it are masked then, all others stay
	aged               // the whole row goes when it is old
)

// columnsOf names the columns of a table that share a fate.
func columnsOf(f fate, names ...string) map[string]fate {
	m := map[string]fate{}
	for _, n := range names {
		m[n] = f
	}
	return m
}

func merged(all ...map[string]fate) map[string]fate {
	m := map[string]fate{}
	for _, part := range all {
		for k, v := range part {
			m[k] = v
		}
	}
	return m
}

// fates has every column of every table, so that a new one is decided about: a test compares it with both databases. What is erased or
// masked here is what Erase does: the table is orders, or has an order_id (and, to be masked, an id); a text column becomes empty, or the empty
// object where it is in emptyObject.
var fates = map[string]map[string]fate{
	"products": columnsOf(kept, "id", "slug", "category", "name", "description", "image", "free_amount", "hidden", "position", "version", "edited", "seeded", "sorted"),
	"variants": columnsOf(kept, "sku", "product_id", "name", "cost_price", "price", "currency", "stock", "seed_stock", "position", "hidden", "first_order"),
	"orders": merged(
		columnsOf(erased, "customer", "email", "terminal", "note", "return_url", "cancel_url"),
		columnsOf(kept, "id", "number", "token", "code", "intent", "status", "lines", "amount", "currency", "language", "reference", "attention", "held",
			"created_at", "updated_at", "expires_at", "expired_at", "paid_at", "discount", "session", "cancelled_at", "link_id", "erased_at", "processor", "tallied", "confirmed_at", "refund_count"),
	),
	"payments": merged(
		columnsOf(erased, "web_url", "wap_url", "qr_content"), // the gateway's page may show the buyer
		columnsOf(kept, "id", "order_id", "attempt", "merchant_id", "merchant_transaction_id", "ll_transaction_id", "ll_transaction_ids", "processor", "method",
			"status", "amount", "currency", "return_code", "decline_code", "trace_id", "settlement_amount", "settlement_currency", "created_at", "updated_at",
			"paid_at", "scanned_at", "next_query_at", "queries"),
	),
	"events": merged(
		columnsOf(masked, "raw"),
		columnsOf(kept, "id", "order_id", "payment_id", "digest", "at", "last_at", "times", "kind", "source", "verdict", "from_status", "to_status", "detail", "actor", "signature"),
	),
	"outbox":      columnsOf(kept, "id", "fact", "order_id", "type", "created_at", "fresh", "message", "body"), // a webhook says nothing of the buyer
	"mails":       columnsOf(kept, "id", "fact", "order_id", "kind", "created_at", "next_at", "tries", "sent_at", "failed_at", "seen_at"),
	"discounts":   columnsOf(kept, "code", "used", "most"),
	"endpoints":   columnsOf(kept, "id", "url", "kind", "secret", "events", "created_at", "disabled_at", "reason"),
	"deliveries":  columnsOf(aged, "id", "outbox_id", "endpoint_id", "state", "created_at", "next_at", "done_at", "step", "tries", "tried_at", "status", "error", "seen_at"),
	"tries":       columnsOf(aged, "id", "delivery_id", "at", "took", "status", "answer", "error"),
	"idempotency": columnsOf(aged, "id", "request", "intent", "created_at", "locked_until", "status", "answer"),
	"links":       columnsOf(kept, "id", "code", "title", "terms", "max_payments", "inactive", "expires_at", "created_at"),
	"takings":     columnsOf(kept, "day", "currency", "processor", "by_hand", "paid", "gross"),
	"exchanges": merged(
		columnsOf(masked, "body", "answer"),
		columnsOf(kept, "id", "order_id", "payment_id", "at", "took", "kind", "method", "url", "sent", "status", "received", "trace_id", "error"),
	),
	"refunds": columnsOf(kept, "id", "order_id", "payment_id", "merchant_transaction_id", "intent", "ll_transaction_id", "status", "amount", "currency", "reason", "restock",
		"made_by", "return_code", "decline_code", "trace_id", "refused", "created_at", "updated_at", "done_at", "next_query_at", "queries"),
	"pictures": columnsOf(kept, "id", "width", "height", "type", "data", "first_order", "made_at"),
	"branding": columnsOf(kept, "id", "value", "version", "updated_at"),
	// Operators', not buyers': an owner removes people, revokes keys, and ends sessions; those that ended go by themselves.
	"users": columnsOf(kept, "id", "name", "role", "password_hash", "disabled", "invite", "invite_until", "totp_secret", "totp_step", "created_at",
		"signed_in_at"),
	"user_codes":    columnsOf(kept, "user_id", "code"),
	"desk_sessions": columnsOf(aged, "id", "token", "user_id", "data", "network", "browser", "created_at", "seen_at", "expires_at"),
	"desk_devices":  columnsOf(aged, "token", "user_id", "created_at"),
	"audit":         columnsOf(kept, "id", "at", "name", "action", "object", "network"),
	"api_keys":      columnsOf(kept, "id", "name", "hash", "created_at", "used_at", "revoked_at"),
	"readiness":     columnsOf(kept, "id", "at"),
}

// emptyObject are the erased columns that hold JSON.
var emptyObject = map[string]bool{"orders.customer": true, "orders.terminal": true}
