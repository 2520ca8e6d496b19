package models_test

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

// benchStore is an empty store on a file, as a shop has it: every commit synced.
func benchStore(b *testing.B) *models.Store {
	b.Helper()
	s, err := models.OpenStore(b.Context(), models.StoreOptions{DSN: filepath.Join(b.TempDir(), "shop.db"), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	var shelf []models.Product
	for i := range 50 {
		shelf = append(shelf, models.Product{Slug: fmt.Sprintf("tea-%02d", i), Name: models.Text{"en": "Tea", "zh-Hant": "茶"}, Variants: []models.Variant{
			{SKU: fmt.Sprintf("tea-%02d", i), CostPrice: models.Money{Amount: 8800, Currency: "HKD"}, Price: models.Money{Amount: 8800, Currency: "HKD"}},
		}})
	}
	if err := s.SeedProducts(b.Context(), shelf); err != nil {
		b.Fatal(err)
	}
	return s
}

func newOrder(b *testing.B, s *models.Store) models.NewOrder {
	b.Helper()
	catalogue, err := s.Catalogue(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return models.NewOrder{
		Cart: models.NewCart([]models.CartItem{{SKU: "tea-07", Quantity: 2}}, catalogue, "HKD"), MerchantID: storetest.Merchant,
		Customer:  models.Customer{FullName: "Chan Tai Man", Email: "chan@example.com"},
		Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: time.Now().Add(30 * time.Minute), QueryAt: time.Now().Add(time.Hour),
	}
}

// each runs work for the numbers 0 to n-1 from 32 callers at once, as a busy shop does.
func each(b *testing.B, n int, work func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// waitingOrders makes n orders that wait at the gateway.
func waitingOrders(b *testing.B, s *models.Store, n int) []models.Order {
	b.Helper()
	orders, order := make([]models.Order, n), newOrder(b, s)
	each(b, n, func(i int) error {
		o, _, err := s.CreateOrder(b.Context(), order)
		if err != nil {
			return err
		}
		orders[i] = o
		_, err = s.ApplyEvidence(b.Context(), said(o, models.SourceCreate, models.StatusWaitingPayment))
		return err
	})
	return orders
}

func said(o models.Order, source models.Source, status models.Status) models.Evidence {
	p := o.Payment()
	ev := models.Evidence{
		Source: source, MerchantID: storetest.Merchant, MerchantTransactionID: p.MerchantTransactionID, LLTransactionID: fmt.Sprintf("2026112400%010d", o.ID),
		Status: status, Money: p.Money, ReceivedAt: time.Now(), TraceID: "trace", Raw: []byte(`{"transaction_status":"` + string(status) + `"}`),
	}
	if source == models.SourceCreate {
		ev.PaymentURL, ev.Method, ev.Processor = "https://gateway.example/pay", p.Method, p.Processor
	} else {
		ev.PaidAt = ev.ReceivedAt
	}
	return ev
}

// BenchmarkApplyEvidence passes notifications that pay distinct orders through the one door, 32 at once, each durable.
func BenchmarkApplyEvidence(b *testing.B) {
	s := benchStore(b)
	orders := waitingOrders(b, s, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	each(b, b.N, func(i int) error {
		out, err := s.ApplyEvidence(b.Context(), said(orders[i], models.SourceNotification, models.StatusPaid))
		if err == nil && !out.NewlyPaid {
			err = fmt.Errorf("order %d: %s", i, out.Verdict)
		}
		return err
	})
}

// BenchmarkCreateOrder stores orders with their payments, 32 at once, each durable.
func BenchmarkCreateOrder(b *testing.B) {
	s := benchStore(b)
	order := newOrder(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	each(b, b.N, func(int) error {
		_, _, err := s.CreateOrder(b.Context(), order)
		return err
	})
}

// BenchmarkOrder reads one order with its payment.
func BenchmarkOrder(b *testing.B) {
	s := benchStore(b)
	o := waitingOrders(b, s, 1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Order(b.Context(), o.Token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkShelf reads 50 products, from memory while nothing changes.
func BenchmarkShelf(b *testing.B) {
	s := benchStore(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Shelf(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
