package models

import (
	"encoding/json"
	"fmt"
	"time"
)

// Rows mirror the tables of migrations/. Times are unix milliseconds UTC with 0 for "not yet",
// money is hundredths, and what the database never searches is JSON.

type productRow struct {
	ID          int64 `gorm:"primaryKey"`
	Slug        string
	Category    jsonText
	Name        jsonText
	Description jsonText
	Image       string
	FreeAmount  int64
	Hidden      int64
	Position    int
	Version     int64
	Edited      int64
	Sorted      int64
	Seeded      int64
}

func (productRow) TableName() string { return "products" }

type variantRow struct {
	SKU       string `gorm:"primaryKey;column:sku"`
	ProductID int64
	Name      jsonText
	CostPrice int64
	Price     int64
	Currency  string
	Stock     *int64
	SeedStock *int64
	Position  int
	Hidden    int64
	// FirstOrder is the newest order when the variant was made: older ones can't hold it.
	FirstOrder int64
}

func (variantRow) TableName() string { return "variants" }

type orderRow struct {
	ID        int64 `gorm:"primaryKey"`
	Number    string
	Token     string
	Code      string
	Intent    *string
	Status    OrderStatus
	Lines     string
	Amount    int64
	Currency  string
	Customer  string
	Email     string
	Terminal  string
	Language  string
	Reference string
	ReturnURL string
	CancelURL string
	Note      string
	Attention string
	Held      int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
	ExpiresAt int64
	ExpiredAt int64
	PaidAt    int64
	Discount  string
	LinkID    int64

	Session     int64
	CancelledAt int64
	Processor   Processor // of the payment that counts; once paid, of the one that paid
	RefundCount int64
	ConfirmedAt int64

	because string // what has moved the order just now, where a fact is named after it
}

// heldRestocked is an order's Held once its pieces were put back after a refund: unlike 0, they aren't taken again.
const heldRestocked = 2

func (orderRow) TableName() string { return "orders" }

type paymentRow struct {
	ID                    int64 `gorm:"primaryKey"`
	OrderID               int64
	Attempt               int
	MerchantID            string
	MerchantTransactionID string
	LLTransactionID       string `gorm:"column:ll_transaction_id"`
	LLTransactionIDs      string `gorm:"column:ll_transaction_ids"`
	Processor             Processor
	Method                Method
	Status                Status
	Amount                int64
	Currency              string
	WebURL                string
	WapURL                string
	QRContent             string `gorm:"column:qr_content"`
	ReturnCode            string
	DeclineCode           string
	TraceID               string
	SettlementAmount      int64
	SettlementCurrency    string
	CreatedAt             int64 `gorm:"autoCreateTime:false"`
	UpdatedAt             int64 `gorm:"autoUpdateTime:false"`
	PaidAt                int64
	ScannedAt             int64
	NextQueryAt           int64
	Queries               int
}

func (paymentRow) TableName() string { return "payments" }

type eventRow struct {
	ID         int64 `gorm:"primaryKey"`
	OrderID    int64
	PaymentID  int64
	Digest     []byte
	At         int64
	LastAt     int64
	Times      int
	Kind       EventKind
	Source     Source
	Verdict    Verdict
	FromStatus string
	ToStatus   string
	Detail     string
	Raw        string
	Signature  string
	Actor      string
}

func (eventRow) TableName() string { return "events" }

// jsonText is a Text as it is stored.
type jsonText string

func storeText(t Text) jsonText {
	if len(t) == 0 {
		return "{}"
	}
	return jsonText(toJSON(t))
}

func (j jsonText) text() Text {
	var t Text
	fromJSON(string(j), &t)
	return t
}

// toJSON encodes our own plain structs, which can't fail.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return string(b)
}

// fromJSON reads what toJSON wrote; what a later version wrote is read as far as it is known.
func fromJSON(s string, v any) { _ = json.Unmarshal([]byte(s), v) }

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (r variantRow) variant() Variant {
	return Variant{
		SKU: r.SKU, Name: r.Name.text(), CostPrice: Money{r.CostPrice, r.Currency}, Price: Money{r.Price, r.Currency},
		Stock: r.Stock, Position: r.Position, Hidden: r.Hidden == 1,
	}
}

func (r productRow) product() Product {
	return Product{
		ID: r.ID, Slug: r.Slug, Category: r.Category.text(), Name: r.Name.text(), Description: r.Description.text(), Image: r.Image,
		FreeAmount: r.FreeAmount == 1, Hidden: r.Hidden == 1, Position: r.Position,
		Version: r.Version, Edited: r.Edited == 1, Seeded: r.Seeded == 1,
	}
}

func (r *orderRow) order() Order {
	o := r.frame()
	o.Lines = r.lines()
	fromJSON(r.Customer, &o.Customer)
	fromJSON(r.Terminal, &o.Terminal)
	return o
}

// frame is the order without what is kept as JSON: lines, customer and terminal.
func (r *orderRow) frame() Order {
	o := Order{
		ID: r.ID, Number: r.Number, Token: r.Token, Code: r.Code, Status: r.Status, Total: Money{r.Amount, r.Currency},
		Language: r.Language, Reference: r.Reference, ReturnURL: r.ReturnURL, CancelURL: r.CancelURL, Note: r.Note,
		Attention: r.Attention, CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt),
		ExpiresAt: fromMillis(r.ExpiresAt), ExpiredAt: fromMillis(r.ExpiredAt), PaidAt: fromMillis(r.PaidAt),
		Discount: r.Discount, LinkID: r.LinkID, Session: r.Session == 1, CancelledAt: fromMillis(r.CancelledAt),
		ConfirmedAt: fromMillis(r.ConfirmedAt),
	}
	if r.Intent != nil {
		o.Intent = *r.Intent
	}
	return o
}

// with is the order with its payments.
func (r *orderRow) with(payments []*paymentRow) Order {
	o := r.order()
	o.Payments = attempts(payments)
	return o
}

func attempts(rows []*paymentRow) []Payment {
	list := make([]Payment, len(rows))
	for i, r := range rows {
		list[i] = r.payment()
	}
	return list
}

func (r *orderRow) lines() (lines []LineItem) {
	fromJSON(r.Lines, &lines)
	return lines
}

func (r paymentRow) payment() Payment {
	p := Payment{
		ID: r.ID, OrderID: r.OrderID, Attempt: r.Attempt, MerchantTransactionID: r.MerchantTransactionID, LLTransactionID: r.LLTransactionID,
		Processor: r.Processor, Method: r.Method, Status: r.Status, Money: Money{r.Amount, r.Currency}, WebURL: r.WebURL, WapURL: r.WapURL,
		QRContent: r.QRContent, ReturnCode: r.ReturnCode, DeclineCode: r.DeclineCode, TraceID: r.TraceID,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), PaidAt: fromMillis(r.PaidAt), ScannedAt: fromMillis(r.ScannedAt),
		NextQueryAt: fromMillis(r.NextQueryAt), Queries: r.Queries,
	}
	if r.SettlementCurrency != "" {
		p.Settlement = &Money{r.SettlementAmount, r.SettlementCurrency}
	}
	return p
}

func (r eventRow) event() Event {
	return Event{
		ID: r.ID, OrderID: r.OrderID, PaymentID: r.PaymentID, At: fromMillis(r.At), LastAt: fromMillis(r.LastAt), Times: r.Times, Kind: r.Kind,
		Source: r.Source, Verdict: r.Verdict, From: r.FromStatus, To: r.ToStatus, Detail: r.Detail, Raw: r.Raw,
		Signature: r.Signature, Actor: r.Actor,
	}
}
