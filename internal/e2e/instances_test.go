package e2e

import (
	"bufio"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the shared database from outside

	"lianlian-checkout/internal/e2e/program"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models/storetest"
)

// cluster is several instances of the program behind one PostgreSQL and one gateway.
type cluster struct {
	instances []*shop
	gateway   *simulator.Simulator
	keys      simulator.Keys
	db        *sql.DB
}

func startCluster(t *testing.T, size int) *cluster {
	t.Helper()
	dsn := storetest.Postgres(t)(t)
	keys, err := simulator.LoadKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{keys: keys}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.gateway.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	c.gateway, err = simulator.New(simulator.Options{
		MerchantID: keys.MerchantID, MerchantKey: &keys.Merchant.PublicKey, Key: keys.Gateway, BaseURL: server.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.gateway.Close)
	private, err := x509.MarshalPKCS8PrivateKey(keys.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&keys.Gateway.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	c.instances = make([]*shop, size)
	for i := range size {
		// All at once, on an empty database: one of them migrates.
		wg.Go(func() {
			c.instances[i] = &shop{program.Start(t, "CHECKOUT_DATABASE_DSN="+dsn, "CHECKOUT_LIANLIAN_MODE=test", "CHECKOUT_LIANLIAN_BASE_URL="+server.URL,
				"CHECKOUT_LIANLIAN_MERCHANT_ID="+keys.MerchantID, "CHECKOUT_LIANLIAN_PRIVATE_KEY="+base64.StdEncoding.EncodeToString(private),
				"CHECKOUT_LIANLIAN_PUBLIC_KEY="+base64.StdEncoding.EncodeToString(public))}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	if c.db, err = sql.Open("pgx", dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.db.Close() })
	return c
}

// value reads one value from the shared database.
func (c *cluster) value(t *testing.T, statement string, args ...any) string {
	t.Helper()
	var v string
	if err := c.db.QueryRowContext(t.Context(), statement, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return v
}

// order places an order at an instance and returns its page's path and its merchant_transaction_id.
func (c *cluster) order(t *testing.T, at *shop) (path, id string) {
	t.Helper()
	b := newBrowser(t, at, desktop)
	action, item := b.get("/products/teapot-tee").form(`form[action$="/cart/items"]`)
	b.post(action, item)
	action, fields := b.get("/checkout").form(`[data-testid="checkout-form"]`, "full_name", "Chan Tai Man", "email", "chan@example.com", "payment_processor", "alipayhk")
	placed, err := url.Parse(b.post(action, fields).Location)
	if err != nil || !strings.HasPrefix(placed.Path, "/orders/") {
		t.Fatalf("the form leads to %v, %v", placed, err)
	}
	return placed.Path, c.value(t, `SELECT p.merchant_transaction_id FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.token = $1`, strings.TrimPrefix(placed.Path, "/orders/"))
}

// paid is the gateway's notification that the payment of 100.00 HKD is paid.
func (c *cluster) paid(t *testing.T, id string) (signature string, body []byte) {
	t.Helper()
	p, _ := c.gateway.Payment(id)
	signature, body, err := lianlian.SignNotification(lianlian.NewSigner(c.keys.Gateway), lianlian.Notification{
		MerchantID: c.keys.MerchantID, LLTransactionID: p.LLTransactionID, MerchantTransactionID: id, TransactionCurrency: "HKD",
		TransactionAmount: 10000, TransactionStatus: lianlian.StatusSuccess, PaymentTime: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return signature, body
}

// TestThreeInstances runs three processes behind one PostgreSQL: a notification to any of them, or the same to all at once,
// counts once; an order placed at one is seen by the others; and they share the questions to the gateway. That a claim is
// exclusive is held by models/storetest (due), which fails each time when models/store_due.go claims without comparing next_query_at. A stream
// hears of another instance's news because checkout/reconcile.go starts follow: without it, not before the next heartbeat.
func TestThreeInstances(t *testing.T) {
	t.Parallel()
	c := startCluster(t, 3)

	// The same notification to all of them at once.
	for i, placedAt := range c.instances {
		path, id := c.order(t, placedAt)
		signature, body := c.paid(t, id)
		var wg sync.WaitGroup
		for n := range 12 {
			wg.Go(func() {
				if got := send(t, c.instances[n%3], string(body), []string{signature}, nil); got != http.StatusOK {
					t.Errorf("notification %d: %d", n, got)
				}
			})
		}
		wg.Wait()
		if got := c.value(t, `SELECT (SELECT count(*) FROM outbox x WHERE x.order_id = p.order_id AND x.type = 'order.paid') || ' ' ||
			(SELECT count(*) FROM events e WHERE e.order_id = p.order_id AND e.source = 'notification' AND e.verdict = 'applied') || ' ' || p.status
			FROM payments p WHERE merchant_transaction_id = $1`, id); got != "1 1 PS" {
			t.Errorf("told, applied, status = %s, want 1 1 PS", got)
		}
		next := newBrowser(t, c.instances[(i+1)%3], desktop)
		if page := next.get(path); !strings.Contains(page.Body, `data-status="paid"`) {
			t.Errorf("another instance doesn't show the order as paid: %d", page.Status)
		}
	}

	// A buyer who follows the order at one instance hears of a notification to another, long before the stream's own heartbeat.
	path, id := c.order(t, c.instances[0])
	res, err := http.Get(c.instances[1].URL + path + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	paid := make(chan time.Duration, 1)
	begin := time.Now()
	go func() {
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if strings.Contains(lines.Text(), `"status":"paid"`) {
				paid <- time.Since(begin)
				return
			}
		}
	}()
	signature, body := c.paid(t, id)
	if got := send(t, c.instances[2], string(body), []string{signature}, nil); got != http.StatusOK {
		t.Fatalf("notification: %d", got)
	}
	select {
	case after := <-paid:
		t.Logf("another instance's stream said so after %v", after)
	case <-time.After(12 * time.Second):
		t.Error("another instance's stream didn't say that the order is paid")
	}

	// Nobody is told anything: they find out by asking, together.
	c.gateway.SetScenario(simulator.Scenario{LoseNotification: true})
	const orders = 12
	var ids []string
	for i := range orders {
		_, id := c.order(t, c.instances[i%3])
		ids = append(ids, id)
	}
	for _, id := range ids {
		if err := c.gateway.Pay(id); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are paid", func() bool {
		return c.value(t, `SELECT count(*) FROM orders WHERE status = 'paid'`) == fmt.Sprint(orders+len(c.instances)+1)
	})
	if twice := c.value(t, `SELECT count(*) FROM (SELECT order_id FROM outbox WHERE type = 'order.paid' GROUP BY order_id HAVING count(*) > 1) x`); twice != "0" {
		t.Errorf("%s orders were told to be paid twice", twice)
	}
	for _, id := range ids {
		p, _ := c.gateway.Payment(id)
		asked := 0
		for _, entry := range p.Log {
			if entry.Kind == simulator.LogQuery {
				asked++
			}
		}
		if claimed := c.value(t, `SELECT queries FROM payments WHERE merchant_transaction_id = $1`, id); fmt.Sprint(asked) != claimed {
			t.Errorf("%s: the gateway was asked %d times for %s claims", id, asked, claimed)
		}
	}
}
