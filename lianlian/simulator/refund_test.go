package simulator_test

import (
	"errors"
	"net/url"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// merchant is the merchant's client.
func (b *bench) merchant() *lianlian.Client {
	return &lianlian.Client{BaseURL: b.url, MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()), Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey)}
}

func refundOf(id string, amount lianlian.Amount) lianlian.RefundRequest {
	return lianlian.RefundRequest{MerchantTransactionID: id, OriginalTransactionID: "a", Amount: amount, Currency: "HKD", Reason: "broken"}
}

// paid makes a paid payment of 168.00.
func (b *bench) paid(id string) {
	b.t.Helper()
	b.must(id)
	if err := b.sim.Pay(id); err != nil {
		b.t.Fatal(err)
	}
	b.inbox.next(b.t)
}

func (b *bench) becomes(id string, want lianlian.PaymentStatus) {
	b.t.Helper()
	eventually(b.t, "payment "+string(want), func() bool { return b.payment(id).Status == want })
}

// TestRefund: RP at once, RS a little later, both told; the payment's state follows.
func TestRefund(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.paid("a")
	for i, tt := range []struct {
		id     string
		amount lianlian.Amount
		want   lianlian.PaymentStatus
	}{{"r1", 68_00, lianlian.StatusPartlyRefunded}, {"r2", 100_00, lianlian.StatusRefunded}} {
		s, err := b.merchant().Refund(t.Context(), refundOf(tt.id, tt.amount))
		if err != nil || s.Status != lianlian.RefundPending || s.OriginalTransactionID != "a" {
			t.Fatalf("Refund = %+v, %v", s, err)
		}
		told := map[lianlian.RefundStatus]int{}
		for range 2 {
			n := b.inbox.next(t)
			r, err := lianlian.ParseRefundNotification(lianlian.NewVerifier(&gatewayKey().PublicKey), n.header.Get("signature"), n.body)
			if err != nil || r.MerchantTransactionID != tt.id || r.Amount != tt.amount {
				t.Fatalf("notification %s: %v", n.body, err)
			}
			told[r.Status]++
		}
		if told["RP"] != 1 || told["RS"] != 1 {
			t.Errorf("told %v", told)
		}
		b.becomes("a", tt.want)
		if q, err := b.merchant().QueryRefund(t.Context(), tt.id); err != nil || q.Status != lianlian.RefundSuccess || q.Amount != tt.amount {
			t.Errorf("QueryRefund = %+v, %v", q, err)
		}
		if n := len(b.payment("a").Refunds); n != i+1 {
			t.Errorf("%d refunds", n)
		}
	}
}

// TestRefundRules: never more than was paid, one refund for an id, and only of what was paid.
func TestRefundRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.sim.SetScenario(simulator.Scenario{RefundStays: true})
	b.paid("a")
	b.must("open")
	if _, err := b.merchant().Refund(t.Context(), refundOf("r1", 100_00)); err != nil {
		t.Fatal(err)
	}
	again, err := b.merchant().Refund(t.Context(), refundOf("r1", 100_00))
	if err != nil || again.Status != lianlian.RefundPending || len(b.payment("a").Refunds) != 1 {
		t.Errorf("the same again: %+v, %v, %d refunds", again, err, len(b.payment("a").Refunds))
	}
	for name, tt := range map[string]struct {
		change func(*lianlian.RefundRequest)
		code   lianlian.ReturnCode
	}{
		"more than is left": {func(r *lianlian.RefundRequest) { r.Amount = 68_01 }, lianlian.CodeRefundAmountExceeded},
		"unknown payment":   {func(r *lianlian.RefundRequest) { r.OriginalTransactionID = "nobody" }, lianlian.CodeObjectNotFound},
		"not paid":          {func(r *lianlian.RefundRequest) { r.OriginalTransactionID = "open" }, lianlian.CodeNonRefundableOrder},
		"other currency":    {func(r *lianlian.RefundRequest) { r.Currency = "USD" }, lianlian.CodeInvalidParameter},
		"other amount":      {func(r *lianlian.RefundRequest) { r.MerchantTransactionID = "r1" }, lianlian.CodeExistingObject},
		"a payment's id":    {func(r *lianlian.RefundRequest) { r.MerchantTransactionID = "open" }, lianlian.CodeExistingObject},
	} {
		r := refundOf("r9", 50_00)
		tt.change(&r)
		_, err := b.merchant().Refund(t.Context(), r)
		var e *lianlian.Error
		if !errors.As(err, &e) || e.ReturnCode != tt.code || errors.Is(err, lianlian.ErrOutcomeUnknown) {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	var e *lianlian.Error
	if _, err := b.merchant().QueryRefund(t.Context(), "r9"); !errors.As(err, &e) || e.ReturnCode != lianlian.CodeObjectNotFound {
		t.Errorf("an unknown refund: %v", err)
	}
	if err := b.sim.SettleRefund("r1", true); err != nil {
		t.Fatal(err)
	}
	b.becomes("a", lianlian.StatusPartlyRefunded)
	if err := b.sim.SettleRefund("r1", false); !errors.Is(err, simulator.ErrNotRefundable) {
		t.Errorf("settled twice: %v", err)
	}
}

func TestRefundScenarios(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.paid("a")
	b.sim.SetScenario(simulator.Scenario{RefundReturnCode: lianlian.CodeInsufficientBalance})
	if _, err := b.merchant().Refund(t.Context(), refundOf("r1", 50_00)); err == nil || len(b.payment("a").Refunds) != 0 {
		t.Errorf("refused: %v, %d refunds", err, len(b.payment("a").Refunds))
	}
	b.sim.SetScenario(simulator.Scenario{DropRefundAnswer: true, RefundStays: true})
	if _, err := b.merchant().Refund(t.Context(), refundOf("r2", 50_00)); !errors.Is(err, lianlian.ErrOutcomeUnknown) || len(b.payment("a").Refunds) != 1 {
		t.Errorf("dropped: %v, %d refunds", err, len(b.payment("a").Refunds))
	}
	b.sim.SetScenario(simulator.Scenario{RefundFails: true, QueryTopLevel: true})
	if _, err := b.merchant().Refund(t.Context(), refundOf("r3", 60_00)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "failed", func() bool { r, _ := b.sim.Refund("r3"); return r.Status == simulator.RefundFailed })
	if q, err := b.merchant().QueryRefund(t.Context(), "r3"); err != nil || q.Status.Known() {
		t.Errorf("a failed refund: %+v, %v", q, err)
	}
	if err := b.sim.SettleRefund("r2", false); err != nil {
		t.Fatal(err)
	}
	b.becomes("a", lianlian.StatusSuccess) // both failed: as if nothing had been
}

// TestRefundElsewhere: made in the portal, it is told only by the payment's state; the page has a form for it.
func TestRefundElsewhere(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.sim.SetScenario(simulator.Scenario{RefundStays: true})
	b.paid("a")
	resp, _ := b.submit("/simulator/payments/a/refund", url.Values{"from": {"detail"}, "amount": {"20.00"}})
	if resp.StatusCode != 303 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if n := b.inbox.next(t); n.fields["transaction_status"] != "RP" || n.fields["refund_data"] != nil {
		t.Errorf("notification %s", n.body)
	}
	list := b.payment("a").Refunds
	if len(list) != 1 || !list[0].Elsewhere || list[0].Amount != 20_00 {
		t.Fatalf("refunds %+v", list)
	}
	if _, doc := b.get("/simulator/payments/a"); doc.Find("[data-testid=refund]").Length() != 1 || doc.Find("[data-testid=portal]").Length() != 1 {
		t.Error("the page doesn't show the refund, or has no form for another")
	}
	resp, _ = b.submit("/simulator/refunds/"+list[0].MerchantTransactionID+"/settle", nil)
	if n := b.inbox.next(t); resp.StatusCode != 303 || n.fields["transaction_status"] != "PR" {
		t.Errorf("%d, notification %s", resp.StatusCode, n.body)
	}
	if err := b.sim.RefundElsewhere("a", 148_01); !errors.Is(err, simulator.ErrNotRefundable) {
		t.Errorf("more than is left: %v", err)
	}
	if err := b.sim.RefundElsewhere("nobody", 1); !errors.Is(err, simulator.ErrNotFound) {
		t.Errorf("unknown payment: %v", err)
	}
}

func TestCancelpay(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("open")
	b.paid("a")
	for range 2 { // the same again is the same
		if err := b.merchant().CancelPayment(t.Context(), "open"); err != nil || b.payment("open").Status != lianlian.StatusCancelled {
			t.Errorf("%v, %s", err, b.payment("open").Status)
		}
	}
	var e *lianlian.Error
	if err := b.merchant().CancelPayment(t.Context(), "a"); !errors.As(err, &e) || e.ReturnCode != lianlian.CodePaymentCompleted || b.payment("a").Status != lianlian.StatusSuccess {
		t.Errorf("a paid payment: %v", err)
	}
	if err := b.merchant().CancelPayment(t.Context(), "nobody"); !errors.As(err, &e) || e.ReturnCode != lianlian.CodeObjectNotFound {
		t.Errorf("an unknown payment: %v", err)
	}
}
