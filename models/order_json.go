package models

import (
	"strconv"
	"time"
)

// OrderJSON is an order as programs outside read it: in the answers of the session API, and as a webhook's data. What is null in it isn't
// known, or isn't so. Token, URL and Customer are for those who may see them: NewOrderJSON leaves them out.
type OrderJSON struct {
	ID     string `json:"id"`
	Number string `json:"number"` // for people: "7K3M-Q2XD"
	Token  string `json:"token,omitempty"`
	URL    string `json:"url,omitempty"` // of the order's page, for the buyer
	// MerchantTransactionID and LLTransactionID are of the payment that counts: the one that received money, else the newest.
	MerchantTransactionID string         `json:"merchant_transaction_id"`
	LLTransactionID       *string        `json:"ll_transaction_id"`
	Amount                string         `json:"amount"` // two decimals in every currency: "168.00"
	Currency              string         `json:"currency"`
	Status                OrderStatus    `json:"status"`
	PaymentStatus         Status         `json:"payment_status"`    // the gateway's code (guide 5.1)
	PaymentProcessor      *Processor     `json:"payment_processor"` // null until a wallet is chosen
	Attention             *string        `json:"attention"`         // why a person should look
	Reference             *string        `json:"reference"`         // the merchant's own id
	Items                 []LineItemJSON `json:"items"`
	Refunded              string         `json:"refunded"` // what is known to have gone back: "0.00" without refunds
	Refunds               []RefundJSON   `json:"refunds"`  // those that this shop has asked for
	Customer              *Customer      `json:"customer,omitempty"`
	CreatedAt             time.Time      `json:"created_at"`
	ExpiresAt             time.Time      `json:"expires_at"`
	PaidAt                *time.Time     `json:"paid_at"`
	ConfirmedByHand       bool           `json:"confirmed_by_hand,omitempty"` // paid by an operator's word: the gateway hasn't said so
}

// LineItemJSON is one line of an order. SKU is null for what the shop doesn't have on its shelf.
type LineItemJSON struct {
	SKU      *string `json:"sku"`
	Name     string  `json:"name"`  // in the order's language
	Price    string  `json:"price"` // of one piece
	Quantity int64   `json:"quantity"`
	Amount   string  `json:"amount"` // price × quantity
}

// NewOrderJSON is the order as programs read it.
func NewOrderJSON(o Order) OrderJSON {
	p := o.Payment()
	j := OrderJSON{
		ID: strconv.FormatInt(o.ID, 10), Number: o.Number, MerchantTransactionID: p.MerchantTransactionID, LLTransactionID: orNull(p.LLTransactionID),
		Amount: o.Total.Decimal(), Currency: o.Total.Currency, Status: o.Status, PaymentStatus: p.Status, PaymentProcessor: orNull(p.Processor),
		Attention: orNull(o.Attention), Reference: orNull(o.Reference), Items: make([]LineItemJSON, len(o.Lines)),
		Refunded: o.Refunded().Decimal(), Refunds: make([]RefundJSON, len(o.Refunds)),
		CreatedAt: o.CreatedAt.UTC(), ExpiresAt: o.ExpiresAt.UTC(), ConfirmedByHand: o.ByHand(),
	}
	if !o.PaidAt.IsZero() {
		at := o.PaidAt.UTC()
		j.PaidAt = &at
	}
	for i, r := range o.Refunds {
		j.Refunds[i] = NewRefundJSON(r)
	}
	for i, l := range o.Lines {
		name := l.Name.In(o.Language)
		if variant := l.VariantName.In(o.Language); variant != "" {
			name += ", " + variant
		}
		j.Items[i] = LineItemJSON{SKU: orNull(l.SKU), Name: name, Price: l.Price.Decimal(), Quantity: l.Quantity, Amount: l.Total.Decimal()}
		if l.Inline() {
			j.Items[i].SKU = nil
		}
	}
	return j
}

func orNull[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
