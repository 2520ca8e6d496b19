package checkout_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// row is everything of an order and its payments that a hostile message might want to change.
func (h *harness) row(t testing.TB, o models.Order) string {
	t.Helper()
	var row string
	err := h.db.QueryRow(`SELECT o.status || o.attention || o.held || o.paid_at || o.expires_at || o.updated_at || o.customer || o.lines
		|| group_concat(p.merchant_transaction_id || p.ll_transaction_ids || p.status || p.amount || p.currency || p.web_url || p.wap_url || p.qr_content
			|| p.settlement_amount || p.paid_at || p.next_query_at || p.trace_id || p.updated_at)
		|| (SELECT count(*) FROM outbox) || (SELECT count(*) FROM payments) || (SELECT count(*) FROM orders)
		FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = ?`, o.ID).Scan(&row)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// The gateway has signed one harmless message, that the payment waits; whatever is made of it, of its signature and
// of anything else, the order stays as it is.
func FuzzNotify(f *testing.F) {
	h := New(f)
	o := h.order()
	waits := func(n *lianlian.Notification) { n.TransactionStatus = lianlian.StatusWaiting }
	signature, body := h.notice(o, waits)
	_, paid := h.notice(o, nil)
	f.Add(signature, body)
	f.Add(signature, paid)
	f.Add("", paid)
	f.Add(signature, bytes.Replace(body, []byte(`"WP"`), []byte(`"PS"`), 1))
	f.Add(signature, bytes.Replace(body, []byte(`{`), []byte(`{"transaction_status":"PS",`), 1))
	f.Add(signature, bytes.Replace(body, []byte(`"transaction_status":"WP"`), []byte(`"transaction_status":"WP","x":{"transaction_status":"PS"}`), 1))
	f.Add(signature, []byte("{\"merchant_transaction_id\":\"\\u0000\xff\"}"))
	f.Add("=", []byte(nil))
	f.Add(signature, bytes.Repeat([]byte(`{"a":[`), 40))
	before := h.row(f, o)
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		_ = h.Notify(t.Context(), signature, body)
		if after := h.row(t, o); after != before {
			t.Errorf("%q with signature %q changed the order:\n%s\n%s", body, signature, before, after)
		}
	})
}

func FuzzReturn(f *testing.F) {
	h := New(f)
	o := h.order()
	// A signed return is a reason to ask soon, so that one is heard before the fuzzing begins.
	signed := h.returned(o, nil)
	if _, err := h.Return(f.Context(), signed); err != nil {
		f.Fatal(err)
	}
	f.Add(signed.Encode())
	f.Add(signed.Encode() + "&transaction_status=PF")
	f.Add("transaction_amount=0.01&" + signed.Encode())
	f.Add(strings.Replace(signed.Encode(), "transaction_amount=168.00", "transaction_amount=1.68", 1))
	f.Add(strings.Replace(signed.Encode(), merchantID, "2080898732499254", 1))
	f.Add("signature=&merchant_transaction_id=%00%ff")
	f.Add("")
	before := h.row(f, o)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		_, _ = h.Return(t.Context(), values)
		if after := h.row(t, o); after != before {
			t.Errorf("%q changed the order:\n%s\n%s", query, before, after)
		}
	})
}
