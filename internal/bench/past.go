package main

import (
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/models"
)

// pastStatements make the orders i of one chunk. What is in braces differs between the databases, or is a value: see past.
var pastStatements = []string{
	`INSERT INTO orders (id, number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, held, created_at, updated_at, expires_at, expired_at, paid_at,
		processor, tallied, reference, attention, link_id)
	SELECT i, {number}, {random32}, {random16}, {random22} || '.' || {random16},
		CASE WHEN i % 100 < 86 THEN 'paid' WHEN i % 100 < 91 THEN 'expired' WHEN i % 100 < 94 THEN 'failed' WHEN i % 100 < 97 THEN 'refunded' WHEN i % 100 < 99 THEN 'partially_refunded' ELSE 'charged_back' END,
		CASE i % 3 WHEN 0 THEN {one} WHEN 1 THEN {two} ELSE {three} END, 17600, {currency},
		{customer} || (i % 300000) || {customer end}, CASE WHEN i % 100 = 7 THEN 'counter@example.com' ELSE 'buyer' || (i % 300000) || '@example.com' END, {terminal}, 'en', CASE WHEN {received} THEN 1 ELSE 0 END,
		{at}, {at} + 60000, {at} + 1800000, CASE WHEN i % 100 BETWEEN 86 AND 90 THEN {at} + 1800000 ELSE 0 END, CASE WHEN {received} THEN {at} + 60000 ELSE 0 END,
		{wallet}, CASE WHEN {received} THEN 1 ELSE 0 END, CASE WHEN i % 10 = 1 THEN 'ref-' || i ELSE '' END, CASE WHEN i % 1000 = 7 THEN 'query: amount differs' ELSE '' END,
		CASE WHEN i % 50 = 3 THEN 1 ELSE 0 END
	FROM {numbers}`,
	`INSERT INTO payments (id, order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, amount, currency, web_url,
		trace_id, settlement_amount, settlement_currency, created_at, updated_at, paid_at, queries)
	SELECT i, i, 1, {merchant}, {random44}, {ll}, {ll}, {wallet}, 'web_pay',
		CASE WHEN i % 100 < 86 THEN 'PS' WHEN i % 100 < 91 THEN 'PC' WHEN i % 100 < 94 THEN 'PF' WHEN i % 100 < 97 THEN 'RS' WHEN i % 100 < 99 THEN 'PR' ELSE 'CB' END,
		17600, {currency}, 'https://cashier.gateway.example/pay/' || {ll}, {random32}, CASE WHEN {received} THEN 2250 ELSE 0 END, CASE WHEN {received} THEN 'USD' ELSE '' END,
		{at}, {at} + 60000, CASE WHEN {received} THEN {at} + 60000 ELSE 0 END, 1
	FROM {numbers}`,
	`INSERT INTO events (order_id, payment_id, digest, at, last_at, kind, source, verdict, from_status, to_status, raw)
	SELECT i, i, CASE WHEN k = 1 THEN NULL ELSE {digest} END, {at} + 20000 * k, {at} + 20000 * k, CASE WHEN k = 1 THEN 'created' ELSE 'evidence' END,
		CASE k WHEN 1 THEN '' WHEN 2 THEN 'create' ELSE 'notification' END, CASE WHEN k = 1 THEN '' ELSE 'applied' END,
		CASE k WHEN 1 THEN '' WHEN 2 THEN 'IN' ELSE 'WP' END, CASE k WHEN 1 THEN 'IN' WHEN 2 THEN 'WP' ELSE 'PS' END,
		CASE k WHEN 1 THEN ''
			WHEN 2 THEN '{"return_code":"SUCCESS","return_msg":"Success","trace_id":"' || {random32} || '","order":{"ll_transaction_id":"' || {ll} || '","merchant_transaction_id":"' || {random44}
				|| '","payment_url":"https://cashier.gateway.example/pay/' || {ll} || '","transaction_currency":"HKD","transaction_amount":"176.00"}}'
			ELSE '{"merchant_id":"' || {merchant} || '","ll_transaction_id":"' || {ll} || '","merchant_transaction_id":"' || {random44}
				|| '","transaction_currency":"HKD","transaction_amount":"176.00","transaction_status":"PS","payment_time":1795507200000,"settlement_currency":"USD","settlement_amount":"22.50"}' END
	FROM {numbers} CROSS JOIN (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3) parts`,
	`INSERT INTO outbox (fact, order_id, type, created_at)
	SELECT CASE WHEN {received} THEN i || ':paid' ELSE i || ':ended:' || i || ':' || {at} END, i, CASE WHEN {received} THEN 'order.paid' ELSE 'order.failed' END, {at} + 60000
	FROM {numbers}`,
}

// base62 is the alphabet of the program's tokens.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// pastValues are the values of the orders from to to, of so many in all.
func pastValues(from, to, orders int) map[string]string {
	year := 365 * 24 * time.Hour
	first := time.Now().Add(-year).UnixMilli()
	line := bought().Lines[0]
	quoted := func(lines ...models.LineItem) string { return quote(text(lines)) }
	name, end, _ := strings.Cut(text(buyer), buyer.Email)
	return map[string]string{
		"from": strconv.Itoa(from), "to": strconv.Itoa(to), "at": "(" + strconv.FormatInt(first, 10) + " + i * " + strconv.FormatInt(year.Milliseconds()/int64(orders+1), 10) + ")",
		"received": "i % 100 NOT BETWEEN 86 AND 93", "currency": "CASE WHEN i % 20 = 7 THEN 'CNY' WHEN i % 200 = 14 THEN 'USD' ELSE 'HKD' END",
		"wallet": "CASE i / 3 % 4 WHEN 0 THEN 'alipayhk' WHEN 1 THEN 'alipaycn' WHEN 2 THEN 'wechathk' ELSE 'wechatcn' END", "one": quoted(line), "two": quoted(line, line), "three": quoted(line, line, line),
		"customer": quote(name + "buyer"), "customer end": quote("@example.com" + end), "terminal": quote(text(models.Terminal{IP: "203.0.113.7", Mode: "13"})), "merchant": quote(merchantID),
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// past writes a statement for the database. The keys' first two characters are drawn from the tokens' whole alphabet, so that
// new ones fall among the old; numbers are each used once and can't be drawn by the program, whose alphabet has no U.
func (d *database) past(statement string, values map[string]string) string {
	pairs := []string{}
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...)
	var letter, hex, numbers, number, ll, digest string
	if d.kind == sqlite {
		letter = "substr('" + base62 + "', 1 + abs(random() % 62), 1)"
		hex = "substr(lower(hex(randomblob(24))), 1, {n})"
		numbers = "(WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT i FROM n) n"
		number = "printf('%04X-%03XU', (i * 40503841 % 268435456) / 4096, (i * 40503841 % 268435456) % 4096)"
		ll = "'20251123' || printf('%018d', i)"
		digest = "randomblob(32)"
	} else {
		letter = "substr('" + base62 + "', 1 + floor(random() * 62)::int, 1)"
		hex = "substr(md5(random()::text) || md5(random()::text), 1, {n})"
		numbers = "generate_series({from}, {to}) n(i)"
		number = "lpad(upper(to_hex((i::bigint * 40503841 % 268435456) / 4096)), 4, '0') || '-' || lpad(upper(to_hex((i::bigint * 40503841 % 268435456) % 4096)), 3, '0') || 'U'"
		ll = "'20251123' || lpad(i::text, 18, '0')"
		digest = "decode(md5(random()::text) || md5(random()::text), 'hex')"
	}
	random := func(length int) string {
		return "(" + letter + " || " + letter + " || " + strings.ReplaceAll(hex, "{n}", strconv.Itoa(length-2)) + ")"
	}
	own := strings.NewReplacer("{random16}", random(16), "{random22}", random(22), "{random32}", random(32), "{random44}", random(44),
		"{numbers}", fill.Replace(numbers), "{number}", number, "{ll}", "("+ll+")", "{digest}", digest)
	statement = own.Replace(fill.Replace(statement))
	if d.kind == postgres { // where i is an integer of 4 bytes
		statement = strings.ReplaceAll(statement, "+ i * ", "+ i::bigint * ")
	}
	return statement
}
