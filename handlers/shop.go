package handlers

import (
	"context"
	"net/url"

	"lianlian-checkout/models"
)

// Shop is what the pages need of the shop. *checkout.Checkout satisfies it.
type Shop interface {
	LinkShop
	FigureShop
	RefundShop
	OrderDesk
	ProductShop
	BrandShop
	Sessions
	Running
	ChargeShop
	Examiner

	// Shelf is what the shop offers, in order; hidden products are left out. It is shared and must not be changed.
	Shelf(ctx context.Context) (*models.Shelf, error)
	// Product finds one by its slug, or models.ErrNotFound.
	Product(ctx context.Context, slug string) (models.Product, error)
	// PriceCart prices the items from the catalogue; what can't be bought is in the cart's Problems. A discount code that isn't empty is
	// applied, or its problem is in the cart's Discount.
	PriceCart(ctx context.Context, items []models.CartItem, code string) (models.Cart, error)
	Countries() []models.Country
	States(country string) []models.State

	// StartPayment makes the order and its payment, or finds the one that the same intent made before,
	// and asks the gateway for a payment page. It returns the order together with the error when the order
	// stands but the gateway didn't give a page: *models.DeclinedError or models.ErrPending.
	// Bad input is *models.InvalidError; stock that ran out is models.ErrSoldOut; a discount code that doesn't
	// apply any more is models.ErrDiscount or models.ErrDiscountUsedUp; a price that changed since the form was shown is models.ErrConflict;
	// a payment link that can't be paid any more is models.ErrLink, one that doesn't exist models.ErrNotFound.
	StartPayment(ctx context.Context, req StartRequest) (models.Order, error)
	// RetryPayment lets the buyer go on: the same payment again, with another wallet or with more time, and a new
	// attempt only when the gateway closed the last. Errors as StartPayment's; a paid order is returned as it is.
	RetryPayment(ctx context.Context, token string, processor models.Processor, t models.Terminal) (models.Order, error)
	// PaymentURL is where this device pays the order, asked of the gateway if it isn't known yet.
	// The URL is empty, without error, when the order needs no payment any more.
	PaymentURL(ctx context.Context, token string, t models.Terminal) (models.Order, string, error)
	// OrderByCode finds the order of a short link's code, or models.ErrNotFound.
	OrderByCode(ctx context.Context, code string) (models.Order, error)
	// Scanned finds the order of a short link's code and notes that a phone opened it.
	Scanned(ctx context.Context, code string) (models.Order, error)
	// ShortLink is the absolute URL that the order's QR code holds.
	ShortLink(o models.Order) string

	// Order finds an order by its token, or models.ErrNotFound. What another process has changed within the last second may be missing.
	Order(ctx context.Context, token string) (models.Order, error)
	// FindOrder finds the token of the order that has both the number and the e-mail address, or models.ErrNotFound.
	FindOrder(ctx context.Context, number, email string) (token string, err error)
	// MailLink mails the order's link to the address if it has such an order. It doesn't wait for an answer.
	MailLink(number, email string)
	// Confirm asks the gateway about an order that isn't settled, once and within a short limit,
	// and returns the order as it then stands.
	Confirm(ctx context.Context, token string) (models.Order, error)
	// Watch sends on the channel whenever the order changes, until stop is called.
	Watch(token string) (changed <-chan struct{}, stop func())

	// Notify takes a gateway notification. A nil error means that it is durably recorded.
	// Errors: models.ErrSignature, models.ErrMalformed, models.ErrNotFound, models.ErrConflict (mismatch), models.ErrUnavailable.
	Notify(ctx context.Context, signature string, body []byte) error
	// Return takes the parameters that the buyer's browser brought back and finds the order's token.
	// Errors as Notify's.
	Return(ctx context.Context, values url.Values) (token string, err error)

	// Orders lists orders for the console, newest first.
	Orders(ctx context.Context, f models.OrderFilter) (models.OrderList, error)
	// OrderByID finds one for the console.
	OrderByID(ctx context.Context, id int64) (models.Order, error)
	// History is everything that was said about an order, oldest first.
	History(ctx context.Context, orderID int64) ([]models.Event, error)
	// CheckNow asks the gateway about the order's payments at an operator's wish.
	CheckNow(ctx context.Context, id int64) (models.Order, error)

	// Endpoints are the receivers of webhooks, with how many deliveries of each are due or given up.
	Endpoints(ctx context.Context) ([]models.Endpoint, error)
	// Deliveries lists webhooks for the console, newest first.
	Deliveries(ctx context.Context, f models.DeliveryFilter) (models.DeliveryList, error)
	// Delivery finds one with its tries, the last one first.
	Delivery(ctx context.Context, id int64) (models.Delivery, []models.Try, error)
	// SendAgain sends one once more. When its endpoint is off it is models.ErrConflict.
	SendAgain(ctx context.Context, id int64) error
	// TurnOnEndpoint turns an endpoint on that answered 410; any other is models.ErrNotFound.
	TurnOnEndpoint(ctx context.Context, id int64) error
}

// StartRequest is a filled-in checkout form.
type StartRequest struct {
	Items       []models.CartItem
	Fingerprint string // of the cart as the buyer saw it
	Discount    string // the code that the buyer saw applied
	Intent      string // the form's one-time mark
	Customer    models.Customer
	Processor   models.Processor
	Terminal    models.Terminal
	Language    string
	Note        string
	// Link is the code of a payment link. Then it says what is sold, and Items and Discount aren't read.
	Link   string
	Amount int64 // the payer's own sum in hundredths, where the link lets them name it
}
