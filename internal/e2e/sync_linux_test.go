package e2e

import (
	"bytes"
	"syscall"
	"testing"

	"lianlian-checkout/models/storetest"
)

// TestSync is I1 against a power cut, by what the kernel was asked to do: before the bytes of an acknowledgement go to the gateway's
// socket, the transaction that holds the notification has been written to the database's log and a sync of the log that began
// after that has succeeded. The same for an order before the gateway is asked for its payment. Seen to fail with synchronous=NORMAL
// and with synchronous=OFF in models/open.go, when models/store_writer.go answers all of a group but the first before its commit, and when
// handlers/notify.go answers before Shop.Notify returns.
func TestSync(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	p, file := startTraced(t)
	load := newPaidLoad(t, p)
	const alone, together = 8, 8
	notices := load.notices(t, p, alone+3*together)
	acks := map[string]notice{} // by X-Request-ID
	keep := func(n notice, a answer) {
		t.Helper()
		if !a.acknowledged() || a.header.Get("X-Request-ID") == "" {
			t.Fatalf("notification: %d %s %v", a.status, a.body, a.err)
		}
		acks[a.header.Get("X-Request-ID")] = n
	}
	for _, n := range notices[:alone] {
		keep(n, n.send(p))
	}
	for i := alone; i < len(notices); i += together {
		for j, a := range sendAll(p, notices[i:i+together]) {
			keep(notices[i+j], a)
		}
	}
	p.Stop(t, syscall.SIGTERM)

	calls := readTrace(t, file)
	all := commits(t, calls)
	asked := 0
	for _, c := range calls {
		if bytes.HasPrefix(c.data, []byte("POST /simulator/v4/")) {
			for _, n := range notices {
				if bytes.Contains(c.data, []byte(n.id)) {
					asked++
					if err := syncedBefore(calls, all, []byte(n.id), c); err != nil {
						t.Errorf("the gateway is asked for a payment whose order was %v", err)
					}
				}
			}
		}
		if !bytes.HasPrefix(c.data, []byte("HTTP/1.1 200 ")) || !bytes.Contains(c.data, []byte(`{"code":"200","msg":"success"}`)) {
			continue
		}
		for id, n := range acks {
			if bytes.Contains(c.data, []byte(id)) {
				delete(acks, id)
				if err := syncedBefore(calls, all, []byte(n.body), c); err != nil {
					t.Errorf("a notification is acknowledged that was %v", err)
				}
			}
		}
	}
	if len(acks) > 0 || asked != len(notices) {
		t.Errorf("the trace has %d of %d acknowledgements and %d of %d questions", len(notices)-len(acks), len(notices), asked, len(notices))
	}
	t.Logf("%d system calls, %d transactions, %d acknowledgements, %d orders", len(calls), len(all), len(notices), asked)
}
