package handlers

import (
	"context"
	"time"

	"lianlian-checkout/models"
)

// Sessions is what the session API and its hosted page need of the shop.
type Sessions interface {
	// StartSession makes an order for a merchant's server and, where it names a wallet, starts its payment. The same intent is the same
	// order. Errors: *models.InvalidError with fields like "items/0/sku" and "email"; models.ErrSoldOut; with an order,
	// *models.DeclinedError (the order is cancelled then) and models.ErrPending (it stands; the gateway's answer isn't known yet).
	StartSession(ctx context.Context, req SessionRequest) (models.Order, error)
	// ChooseWallet goes on with an order whose buyer has chosen a wallet and filled in what was missing. Errors as Shop.StartPayment's;
	// an order that can't be paid any more is returned as it is.
	ChooseWallet(ctx context.Context, token string, w WalletChoice) (models.Order, error)
	// CancelOrder asks the gateway and ends the order unless it was paid or is being paid: models.ErrConflict, with the order. A gateway
	// that can't be asked is models.ErrPending.
	CancelOrder(ctx context.Context, id int64) (models.Order, error)

	// Begin takes on a request with an Idempotency-Key. Its errors are models.ErrKeyReused and models.ErrInProgress. What has no answer yet
	// must be ended by Finish, with the answer, or by Abandon, when nothing came of it.
	Begin(ctx context.Context, id, request string) (models.Once, error)
	Finish(ctx context.Context, id string, status int, answer string) error
	Abandon(ctx context.Context, id string) error
}

// SessionRequest is what a merchant's server wants to be paid for.
type SessionRequest struct {
	Intent    string // the same intent is the same order; empty: always a new one
	Items     []SessionItem
	Customer  models.Customer
	Processor models.Processor // empty: the buyer chooses
	Method    models.Method
	Reference string
	ReturnURL string
	CancelURL string
	Language  string        // empty: the buyer's browser says it later
	ExpiresIn time.Duration // zero: as long as the shop's orders wait
}

// WalletChoice is what the buyer of a session chose and filled in.
type WalletChoice struct {
	Processor models.Processor
	Customer  models.Customer
	Terminal  models.Terminal
	Language  string // of the page
}

// SessionItem is one thing to be paid for: from the shelf by its SKU, or by name and price.
type SessionItem struct {
	SKU      string
	Name     string
	Amount   int64 // of one piece, in hundredths; with a SKU only where the buyer names the price
	Quantity int64
}
