package e2e

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lianlian-checkout/internal/app"
	"lianlian-checkout/internal/e2e/program"
	"lianlian-checkout/lianlian"
)

// TestRestore backs the program up by its own command while buyers order and pay, loses the machine, and starts anew from the copy: no order that was paid before the
// backup is missing, and each of the others comes to what the gateway says.
func TestRestore(t *testing.T) {
	t.Parallel()
	g, env := newBad(t, 5*time.Second)
	p := start(t, env...)
	load := newPaidLoad(t, p)
	var placed, paid atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if a := load.order(p, load.newForm(fmt.Sprint(rand.Uint64()))); a.status == 303 {
					placed.Add(1)
				}
			}
		})
	}
	wg.Go(func() { // the buyers' wallets: two of three pay, when they have thought for a while
		decided := map[string]bool{}
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			list := g.simulator.Payments()
			for i, pay := range list {
				if id := pay.MerchantTransactionID; !decided[id] && i < len(list)-10 {
					decided[id] = true
					if rand.IntN(3) > 0 && g.simulator.Pay(id) == nil {
						paid.Add(1)
					}
				}
			}
		}
	})
	eventually(t, "some have paid", func() bool {
		return paid.Load() >= 30 && p.query(t, "SELECT count(*) FROM orders WHERE paid_at > 0") > "1"
	})
	before := strings.Split(p.query(t, "SELECT group_concat(token) FROM orders WHERE paid_at > 0"), ",")
	file := filepath.Join(t.TempDir(), "copy.db")
	var said bytes.Buffer
	code := app.Run(t.Context(), app.Process{Args: []string{"--config", filepath.Join(p.Folder, "config.yaml"), "backup", file}, Stdout: &said, Stderr: &said,
		Environ: []string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(p.Folder, "data", "checkout.db")}})
	if code != 0 {
		t.Fatalf("backup: exit code %d\n%s", code, &said)
	}
	at := paid.Load()
	eventually(t, "more have paid", func() bool { return paid.Load() >= at+20 })
	close(stop)
	wg.Wait()
	p.Stop(t, syscall.SIGKILL)

	for _, id := range waitingIn(t, file) { // one at least pays what the copy has as waiting
		if g.simulator.Pay(id) == nil {
			break
		}
	}
	folder := program.Folder(t)
	copied, err := os.ReadFile(file)
	if err == nil {
		err = os.MkdirAll(filepath.Join(folder, "data"), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "data", "checkout.db"), copied, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]lianlian.PaymentStatus{}
	for _, pay := range g.simulator.Payments() {
		truth[pay.MerchantTransactionID] = pay.Status
	}
	late := 0
	for _, id := range waitingIn(t, file) {
		if truth[id] == lianlian.StatusSuccess {
			late++
		}
	}
	if late == 0 {
		t.Error("nobody paid an order of the copy after it was made: the test shows nothing")
	}
	q := &shop{program.StartIn(t, folder, env...)}
	for _, token := range before {
		if got := q.query(t, "SELECT coalesce(max(status), 'missing') FROM orders WHERE token = ?", token); got != "paid" {
			t.Errorf("an order was paid before the backup and is %s", got)
		}
	}
	for _, id := range strings.Split(q.query(t, "SELECT group_concat(merchant_transaction_id) FROM payments"), ",") {
		want := string(truth[id])
		eventually(t, id+" is what the gateway says, "+want, func() bool {
			return q.query(t, "SELECT status FROM payments WHERE merchant_transaction_id = ?", id) == want
		})
	}
	t.Logf("%d orders, %d paid before the backup; %d were paid after it and found by asking", placed.Load(), len(before), late)
	if got := q.query(t, "SELECT count(*) FROM orders WHERE attention <> ''"); got != "0" {
		t.Errorf("%s orders need attention", got)
	}
}

// waitingIn are the payments that a database's file has as waiting.
func waitingIn(t *testing.T, file string) (ids []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), "SELECT merchant_transaction_id FROM payments WHERE status = 'WP'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		ids = append(ids, "")
		if err := rows.Scan(&ids[len(ids)-1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}
