package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite", the one that the program uses

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// The databases.
const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

// waiting is an order that waits at the gateway, and the notification that pays it.
type waiting struct {
	token, code, id, ll string
	request             []byte // as it goes over the wire
}

// signWaiting draws n orders and signs their notifications, on all cores: that costs more than all the rest of a bench.
func signWaiting(ctx context.Context, n int, signer *lianlian.Signer) ([]waiting, error) {
	orders := make([]waiting, n)
	var wg sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	cart, now := bought(), time.Now()
	for part := range errs {
		wg.Go(func() {
			for i := part; i < n && ctx.Err() == nil; i += len(errs) {
				w := waiting{token: models.NewToken(32), code: models.NewToken(16), id: models.NewMerchantTransactionID(), ll: fmt.Sprintf("20261123%018d", i)}
				signature, body, err := lianlian.SignNotification(signer, lianlian.Notification{
					MerchantID: merchantID, LLTransactionID: w.ll, MerchantTransactionID: w.id, TransactionCurrency: cart.Total.Currency,
					TransactionAmount: lianlian.Amount(cart.Total.Amount), TransactionStatus: lianlian.StatusSuccess, PaymentTime: now,
				})
				if err != nil {
					errs[part] = err
					return
				}
				w.request = fmt.Appendf(nil, "POST /lianlian/notify HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: gateway\r\n"+
					"Content-Type: application/json;charset=UTF-8\r\nsignature: %s\r\nContent-Length: %d\r\n\r\n%s", signature, len(body), body)
				orders[i] = w
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return orders, ctx.Err()
}

// database is the program's, opened from outside.
type database struct {
	*sql.DB
	kind string
}

func openDatabase(kind, dsn string) (*database, error) {
	driver := "pgx"
	if kind == sqlite {
		driver, dsn = "sqlite", "file:"+dsn+"?_pragma=busy_timeout(60000)&_pragma=cache_size(-400000)&_pragma=synchronous(OFF)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &database{db, kind}, nil
}

// batch is how many rows one INSERT holds.
const batch = 50

// insert writes n rows of the table; row gives the values of one.
func (d *database) insert(ctx context.Context, tx *sql.Tx, table string, columns []string, n int, row func(i int) []any) error {
	var prepared *sql.Stmt
	size := 0
	for from := 0; from < n; from += batch {
		rows := min(batch, n-from)
		if rows != size {
			if prepared != nil {
				_ = prepared.Close()
			}
			var err error
			if prepared, err = tx.PrepareContext(ctx, d.statement(table, columns, rows)); err != nil {
				return fmt.Errorf("seed %s: %w", table, err)
			}
			size = rows
		}
		args := make([]any, 0, rows*len(columns))
		for i := from; i < from+rows; i++ {
			args = append(args, row(i)...)
		}
		if _, err := prepared.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("seed %s: %w", table, err)
		}
	}
	if prepared == nil {
		return nil
	}
	return prepared.Close()
}

func (d *database) statement(table string, columns []string, rows int) string {
	marks := "(" + strings.Repeat(", ?", len(columns))[2:] + ")"
	return d.bind("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + marks + strings.Repeat(", "+marks, rows-1))
}

// seedWaiting writes the orders as they stand when the gateway has answered the request for payment, after those that are
// there, and returns the first one's id. They have as long as new orders have, but the gateway isn't to be asked about them
// while the bench runs.
func (d *database) seedWaiting(ctx context.Context, orders []waiting) (first int64, err error) {
	var last, lastPayment int64
	if err := d.QueryRowContext(ctx, "SELECT (SELECT COALESCE(MAX(id), 0) FROM orders), (SELECT COALESCE(MAX(id), 0) FROM payments)").Scan(&last, &lastPayment); err != nil {
		return 0, err
	}
	cart := bought()
	lines, customer, terminal := text(cart.Lines), text(buyer), text(models.Terminal{IP: "203.0.113.7", Mode: "13"})
	now := time.Now().UnixMilli()
	end, later := now+(30*time.Minute).Milliseconds(), now+(12*time.Hour).Milliseconds()
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	err = d.insert(ctx, tx, "orders", strings.Fields("id number token code intent status lines amount currency customer email terminal language held created_at updated_at expires_at"), len(orders),
		func(i int) []any {
			id := last + 1 + int64(i)
			return []any{id, orderNumber(id), orders[i].token, orders[i].code, orders[i].token + ".fingerprint", "pending", lines, cart.Total.Amount, cart.Total.Currency,
				customer, buyer.Email, terminal, "en", 1, now, now, end}
		})
	if err != nil {
		return 0, err
	}
	err = d.insert(ctx, tx, "payments", strings.Fields("id order_id attempt merchant_id merchant_transaction_id ll_transaction_id ll_transaction_ids processor method status amount currency web_url trace_id created_at updated_at next_query_at"),
		len(orders), func(i int) []any {
			w := orders[i]
			return []any{lastPayment + 1 + int64(i), last + 1 + int64(i), 1, merchantID, w.id, w.ll, w.ll, "alipayhk", "web_pay", "WP", cart.Total.Amount, cart.Total.Currency,
				"https://cashier.gateway.example/pay/" + w.ll, traceOf(w.ll), now, now, later}
		})
	if err != nil {
		return 0, err
	}
	err = d.insert(ctx, tx, "events", strings.Fields("order_id payment_id digest at last_at kind source verdict from_status to_status raw"), 2*len(orders), func(i int) []any {
		order, payment, w := last+1+int64(i/2), lastPayment+1+int64(i/2), orders[i/2]
		if i%2 == 0 {
			return []any{order, payment, nil, now, now, "created", "", "", "", "IN", ""}
		}
		digest := sha256.Sum256([]byte(w.id))
		raw := fmt.Sprintf(`{"return_code":"SUCCESS","return_msg":"Success","trace_id":"%s","order":{"ll_transaction_id":"%s","merchant_transaction_id":"%s",`+
			`"payment_url":"https://cashier.gateway.example/pay/%s","transaction_currency":"HKD","transaction_amount":"176.00"}}`, traceOf(w.ll), w.ll, w.id, w.ll)
		return []any{order, payment, digest[:], now, now, "evidence", "create", "applied", "IN", "WP", raw}
	})
	if err != nil {
		return 0, err
	}
	if d.kind == postgres { // whose own ids must begin after those that were given
		for _, table := range []string{"orders", "payments"} {
			if _, err := tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('"+table+"', 'id'), (SELECT MAX(id) FROM "+table+"))"); err != nil {
				return 0, err
			}
		}
	}
	return last + 1, tx.Commit()
}

func traceOf(ll string) string { return "trace" + ll }

// text is a value as the store keeps it.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of ours
	}
	return string(b)
}

// orderNumber is a number that no other order has: id in the alphabet's 29 letters. Real ones are random.
func orderNumber(id int64) string {
	const alphabet = "23456789ABCDEFGHJKMNPQRSTWXYZ"
	b := []byte("2222-2222")
	for i := len(b) - 1; id > 0 && i >= 0; i-- {
		if b[i] == '-' {
			continue
		}
		b[i] = alphabet[id%29]
		id /= 29
	}
	return string(b)
}

// paid counts those of the orders first to first+n-1 that are paid, applied once from a notification, and told once.
func (d *database) paid(ctx context.Context, first int64, n int) (found int, err error) {
	// The outbox has no index by order: it is counted as a whole.
	query := `SELECT COUNT(*) FROM orders o JOIN payments p ON p.order_id = o.id
		JOIN (SELECT order_id FROM outbox WHERE type = 'order.paid' AND order_id BETWEEN ? AND ? GROUP BY order_id HAVING COUNT(*) = 1) x ON x.order_id = o.id
		WHERE o.id BETWEEN ? AND ? AND p.status = 'PS' AND o.status = 'paid' AND o.paid_at > 0 AND o.attention = ''
		AND (SELECT COUNT(*) FROM events e WHERE e.order_id = o.id AND e.source = 'notification' AND e.verdict = 'applied') = 1`
	last := first + int64(n) - 1
	err = d.QueryRowContext(ctx, d.bind(query), first, last, first, last).Scan(&found)
	return found, err
}

// bind writes the marks of a statement as the database wants them.
func (d *database) bind(query string) string {
	if d.kind == sqlite {
		return query
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		fmt.Fprintf(&b, "$%d", n)
	}
	return b.String()
}
