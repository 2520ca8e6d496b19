package handlers

import (
	"context"

	"lianlian-checkout/models"
)

// RefundShop is what the desk and the API need of refunds.
type RefundShop interface {
	// Refund asks the gateway how the payment stands, stores a refund, and only then asks for it. A nil error means that the refund
	// stands: the gateway has taken it, or its answer isn't known yet and it is followed to its end. The same Intent again is the same
	// refund. Errors: models.ErrRefundsOff, ErrNotFound, ErrNotRefundable, ErrRefundAlike, ErrPending when the gateway couldn't be asked before
	// anything was stored, *models.InvalidError, and *models.DeclinedError with the refund, which has failed.
	Refund(ctx context.Context, r RefundRequest) (models.Refund, error)
	// CloseRefund ends a refund that the gateway doesn't have, at an operator's wish, after asking the gateway. When it says that the
	// refund is under way, or isn't open any more, that is models.ErrRefundOpen; when it can't be asked, models.ErrPending.
	CloseRefund(ctx context.Context, orderID, refundID int64) (models.Refund, error)
}

// RefundRequest is an operator's or a program's wish.
type RefundRequest struct {
	OrderID   int64
	PaymentID int64 // 0 is the order's: the first one that received money
	Amount    int64 // hundredths; 0 is all that is left
	Reason    string
	Restock   bool
	By        string
	Intent    string
	Again     bool // the same sum once more is meant
}
