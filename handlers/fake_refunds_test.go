package handlers_test

import (
	"context"
	"sync"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// fakeRefunds answers refunds as a test wants it.
type fakeRefunds struct {
	mu            sync.Mutex
	wishes        []handlers.RefundRequest
	refundsClosed []int64
	refundErr     error
	closeErr      error
	refundStatus  models.RefundStatus
}

func (f *fakeRefunds) Refund(_ context.Context, r handlers.RefundRequest) (models.Refund, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wishes = append(f.wishes, r)
	made := models.Refund{ID: 4, OrderID: r.OrderID, MerchantTransactionID: "R0000000000000000000000000000000000000000004", Status: f.refundStatus, Money: hkd(r.Amount), Reason: r.Reason, CreatedAt: noon}
	if f.refundErr != nil && f.refundStatus != models.RefundFailed {
		made = models.Refund{}
	}
	return made, f.refundErr
}

func (f *fakeRefunds) CloseRefund(_ context.Context, _, refund int64) (models.Refund, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refundsClosed = append(f.refundsClosed, refund)
	return models.Refund{ID: refund, Status: models.RefundFailed, Money: hkd(5000)}, f.closeErr
}
