package checkout_test

import (
	"errors"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// A charge at the counter asks the gateway for nothing until the payer has chosen, is one order however often it is sent, and is paid as
// every order is, without anybody's name.
func TestCharge(t *testing.T) {
	t.Parallel()
	h := New(t)
	r := handlers.ChargeRequest{Intent: "m1", Amount: 8800, Note: "table 7", Name: models.Text{"en": "Payment at the counter", "zh-Hant": "櫃檯付款"}}
	o, made, err := h.Charge(t.Context(), r)
	if err != nil || !made || !o.Counter() || !o.Session || o.Total != hkd(8800) || o.Reference != "table 7" || h.gateway.creates() != 0 {
		t.Fatalf("Charge = %+v, %t, %v; %d calls", o, made, err, h.gateway.creates())
	}
	if again, made, err := h.Charge(t.Context(), r); err != nil || made || again.ID != o.ID {
		t.Errorf("again: order %d, made %t, %v", again.ID, made, err)
	}
	for _, other := range []handlers.ChargeRequest{{Intent: "m1", Amount: 8900, Note: "table 7"}, {Intent: "m1", Amount: 8800}, {Intent: "m2", Amount: 8800, Note: "table 7"}} {
		other.Name = r.Name
		if more, made, err := h.Charge(t.Context(), other); err != nil || !made || more.ID == o.ID {
			t.Errorf("%+v: order %d, made %t, %v", other, more.ID, made, err)
		}
	}
	for name, bad := range map[string]handlers.ChargeRequest{
		"amount": {Intent: "m3", Name: r.Name}, "reference": {Intent: "m3", Amount: 100, Note: "a\nb", Name: r.Name},
	} {
		var invalid *models.InvalidError
		if _, _, err := h.Charge(t.Context(), bad); !errors.As(err, &invalid) || invalid.Fields[0].Field != name {
			t.Errorf("a bad %s: %v", name, err)
		}
	}
	o, err = h.ChooseWallet(t.Context(), o.Token, handlers.WalletChoice{Processor: models.AlipayHK, Terminal: phone, Language: "zh-Hant"})
	if err != nil || o.Status != models.OrderPending || o.Payment().WapURL == "" {
		t.Fatalf("ChooseWallet = %s %q, %v", o.Status, o.Payment().WapURL, err)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
}
