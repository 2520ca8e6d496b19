package checkout

import (
	"context"
	"errors"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// What the shop sells.
type (
	// Product is one thing on the shelf. What is bought is always one of its Variants, known by its SKU.
	Product = models.Product
	// Variant is a sellable form of a product, with its price and, where pieces are counted, its stock.
	Variant = models.Variant
	// Text is one text in the shop's languages, keyed by "en", "zh-Hans" and "zh-Hant"; the first of them may be enough.
	Text = models.Text
	// Money is an amount in hundredths of its currency: Money{16800, "HKD"} is HK$168.00.
	Money = models.Money
	// Discount is a code that buyers can enter in their cart.
	Discount = models.Discount
)

// What was bought.
type (
	// Order is a snapshot of what was bought, with its payments.
	Order = models.Order
	// OrderStatus is how an order stands.
	OrderStatus = models.OrderStatus
	// LineItem is one line of an order.
	LineItem = models.LineItem
	// Customer is who buys, in the gateway's fields (guide 3.2).
	Customer = models.Customer
	// Payment is one attempt to pay an order.
	Payment = models.Payment
	// Refund is money of a payment that goes back to the buyer.
	Refund = models.Refund
	// Demo is presenter mode, and Dress a prospect's look in it.
	Demo  = handlers.Demo
	Dress = handlers.Dress
	// Processor is a wallet.
	Processor = models.Processor
)

// DemoLogo makes Dress.Logo of a picture. One that is too large is ErrDemoLogo.
func DemoLogo(picture []byte) (string, error) { return handlers.DemoLogo(picture) }

// ErrDemoLogo says what a logo can't be.
var ErrDemoLogo = handlers.ErrDemoLogo

// The wallets, for Options.Processors.
const (
	AlipayHK = models.AlipayHK
	AlipayCN = models.AlipayCN
	WeChatHK = models.WeChatHK
	WeChatCN = models.WeChatCN
)

// How an order can stand.
const (
	OrderOpen              = models.OrderOpen
	OrderPending           = models.OrderPending
	OrderProcessing        = models.OrderProcessing
	OrderPaid              = models.OrderPaid
	OrderFailed            = models.OrderFailed
	OrderExpired           = models.OrderExpired
	OrderCancelled         = models.OrderCancelled
	OrderRefundPending     = models.OrderRefundPending
	OrderPartiallyRefunded = models.OrderPartiallyRefunded
	OrderRefunded          = models.OrderRefunded
	OrderChargedBack       = models.OrderChargedBack
)

// Settings of the pages.
type (
	// ExtraField is one more question on the checkout form.
	ExtraField = models.ExtraField
	// Limits are requests per minute for one address. Zero takes the default, a negative number means no limit.
	Limits = handlers.Limits
	// Email is a letter for Mailer to send.
	Email = models.Email
)

// The errors that callers can tell apart with errors.Is.
var (
	// ErrNotFound says that there is no such order or product.
	ErrNotFound = models.ErrNotFound
	// ErrUnavailable says that the database or the catalogue doesn't answer at the moment.
	ErrUnavailable = models.ErrUnavailable
	// ErrRefused is Mailer's answer that a letter will never be taken.
	ErrRefused = models.ErrRefused
)

// Recount makes the day's totals of the desk's charts and reports anew from the orders, and says which were wrong. It may run beside the shop,
// whose payments wait while it reads all orders: some seconds for a million.
func Recount(ctx context.Context, o Options) (wrong []models.Taking, err error) {
	if err := o.oneDatabase(); err != nil {
		return nil, err
	}
	store, err := models.OpenStore(ctx, models.StoreOptions{DSN: o.Database, DB: o.DB, Log: o.Log})
	if err != nil {
		return nil, err
	}
	wrong, err = store.Recount(ctx)
	return wrong, errors.Join(err, store.Close())
}

// Migrate brings a database's schema up to date and closes it: for a deployment that wants this as a step of its own.
// New does it too. Of o only Database, DB and Log are used.
func Migrate(ctx context.Context, o Options) error {
	if err := o.oneDatabase(); err != nil {
		return err
	}
	store, err := models.OpenStore(ctx, models.StoreOptions{DSN: o.Database, DB: o.DB, Log: o.Log})
	if err != nil {
		return err
	}
	return store.Close()
}
