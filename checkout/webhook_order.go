package checkout

import (
	"encoding/json"
	"time"

	"lianlian-checkout/models"
)

// orderJSON is an order as the outside reads it. It holds nothing of the buyer: who needs that asks for the order.
type orderJSON struct {
	ID                    string     `json:"id"`
	MerchantTransactionID string     `json:"merchant_transaction_id"`
	Amount                string     `json:"amount"`
	Currency              string     `json:"currency"`
	Status                string     `json:"status"`
	PaymentStatus         string     `json:"payment_status"`
	Attention             *string    `json:"attention"`
	Reference             string     `json:"reference"`
	Items                 []itemJSON `json:"items"`
	CreatedAt             string     `json:"created_at"`
	ExpiresAt             string     `json:"expires_at"`
	PaidAt                *string    `json:"paid_at"`
}

type itemJSON struct {
	SKU      string `json:"sku"`
	Name     string `json:"name"`
	Price    string `json:"price"`
	Quantity int64  `json:"quantity"`
}

// WebhookBody is what a webhook says: its type, when that happened, and the order as it is now.
func WebhookBody(typ string, at time.Time, o models.Order) []byte {
	p := o.Payment()
	data := orderJSON{
		ID: o.Number, MerchantTransactionID: p.MerchantTransactionID, Amount: o.Total.Decimal(), Currency: o.Total.Currency, Status: string(o.Status),
		PaymentStatus: string(p.Status), Reference: o.Reference, Items: []itemJSON{}, CreatedAt: moment(o.CreatedAt), ExpiresAt: moment(o.ExpiresAt),
	}
	if o.Attention != "" {
		data.Attention = &o.Attention
	}
	if !o.PaidAt.IsZero() {
		paid := moment(o.PaidAt)
		data.PaidAt = &paid
	}
	for _, l := range o.Lines {
		data.Items = append(data.Items, itemJSON{SKU: l.SKU, Name: l.Name.In(o.Language), Price: l.Price.Decimal(), Quantity: l.Quantity})
	}
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp string    `json:"timestamp"`
		Data      orderJSON `json:"data"`
	}{typ, moment(at), data})
	if err != nil {
		panic(err) // plain structs of strings
	}
	return body
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
