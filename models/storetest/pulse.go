package storetest

import (
	"testing"
	"time"

	"lianlian-checkout/models"
)

// pulse: how many orders of each status, and how far each queue's oldest work is beyond its time; and the parts that money needs.
func pulse(t *testing.T, f *Fixture) {
	paid, waiting := f.Order(t, "paid"), f.Order(t, "waits")
	if err := f.Store.SetEndpoints(f.ctx, []models.Endpoint{{URL: "https://shop.example/hook", Kind: models.EndpointConfig}}); err != nil {
		t.Fatal(err)
	}
	f.Apply(t, f.Say(paid, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.Clock.T = f.Clock.T.Add(time.Minute)
	p, err := f.Store.Pulse(f.ctx)
	if err != nil {
		t.Fatalf("Pulse: %v", err)
	}
	if p.Orders[models.OrderPaid] != 1 || p.Orders[models.OrderPending] != 1 || p.Orders[models.OrderRefunded] != 0 || len(p.Orders) != len(models.OrderStatuses) || p.Attention != 0 {
		t.Errorf("counted %v, %d to look at", p.Orders, p.Attention)
	}
	want := map[models.Queue]time.Duration{models.QueuePayments: 50 * time.Second, models.QueueMails: time.Minute, models.QueueWebhooks: time.Minute}
	for queue, d := range want {
		if p.Overdue[queue] != d {
			t.Errorf("%s is overdue by %s, want %s", queue, p.Overdue[queue], d)
		}
	}
	if _, err := f.Store.FanOut(f.ctx, 10, func(models.Fact, models.Order) string { return "{}" }); err != nil {
		t.Fatal(err)
	}
	f.Clock.T = f.Clock.T.Add(30 * time.Second)
	wrong := f.Say(waiting, models.SourceNotification, models.StatusPaid)
	wrong.Money.Amount++
	f.Apply(t, wrong, models.VerdictMismatch)
	f.Order(t, "one more")
	if p, err = f.Store.Pulse(f.ctx); err != nil || p.Overdue[models.QueueWebhooks] != 30*time.Second || p.Attention != 1 || p.Orders[models.OrderPending] != 2 {
		t.Errorf("half a minute after the webhook was made: %+v, %v", p, err)
	}
	for _, part := range f.Store.Parts(f.ctx) {
		if part.Err != nil {
			t.Errorf("part %s: %v", part.Name, part.Err)
		}
	}
}
