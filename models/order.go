package models

import (
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"
)

// Customer is who buys, in the gateway's fields (guide 3.2); all are text as typed, trimmed.
type Customer struct {
	FullName   string `json:"full_name,omitempty"`
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	Gender     string `json:"gender,omitempty"`
	IDType     string `json:"id_type,omitempty"`
	IDNo       string `json:"id_no,omitempty"`
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"` // +<area code>-<number>
	Company    string `json:"company,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	Country    string `json:"country,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	OpenID     string `json:"openid,omitempty"`
	// Extra is the answer to the shop's own question; nil when there is none. It stays with us: the gateway has no field for it.
	Extra *Extra `json:"extra,omitempty"`
}

// Extra is the merchant-defined field as the buyer filled it in. The label is kept with it: an order is a snapshot.
type Extra struct {
	Label Text   `json:"label"`
	Value string `json:"value"`
}

// ExtraField is the question that a merchant adds to the checkout form.
type ExtraField struct {
	Label     Text
	Hint      Text // may be empty
	Required  bool
	MaxLength int // characters
}

// LogValue keeps personal data out of logs.
func (Customer) LogValue() slog.Value { return slog.StringValue("[customer]") }

// Name is what to call the buyer.
func (c Customer) Name() string {
	if c.FullName != "" {
		return c.FullName
	}
	if c.FirstName != "" && c.LastName != "" {
		return c.FirstName + " " + c.LastName
	}
	return c.FirstName + c.LastName
}

// Terminal is what is known of the buyer's device (guide 3.3).
type Terminal struct {
	IP string `json:"order_ip,omitempty"`
	// Mode is 16 for a phone's browser, 13 for a computer.
	Mode string `json:"client_mode,omitempty"`
	// AppType is 0 for iOS, 1 for Android, 2 for Windows Phone; empty elsewhere.
	AppType string `json:"client_app_type,omitempty"`
	// App is the application whose browser it is, like "WeChat"; empty for a browser.
	App string `json:"client_app_name,omitempty"`
	// OpenID is the buyer's id at WeChat when the page is open inside it and somebody can tell (guide 3.2). It goes to the
	// gateway and is kept nowhere.
	OpenID string `json:"-"`
}

// AppWeChat is the App of WeChat's own browser.
const AppWeChat = "WeChat"

// LogValue keeps the buyer's address and id out of logs.
func (t Terminal) LogValue() slog.Value { return slog.StringValue("[terminal]") }

// Official tells whether paying by the wallet on this device means paying inside WeChat, through an official account
// (guide 4.1.1, official_accounts).
func (t Terminal) Official(p Processor) bool { return t.Phone() && t.App == AppWeChat && p.WeChat() }

// Phone tells whether the buyer pays on the device itself.
func (t Terminal) Phone() bool { return t.Mode == "16" }

// Order is what was bought: a snapshot that later changes of the catalogue don't touch.
type Order struct {
	ID     int64
	Number string // for people: 4 + 4 characters without look-alikes, "7K3M-Q2XD"
	Token  string // opens the order's page; at least 128 bits of randomness
	Code   string // short link's secret, at least 90 bits
	// Intent is the checkout form's one-time mark and the cart's fingerprint: the same intention
	// twice is the same order.
	Intent string
	Status OrderStatus
	Lines  []LineItem
	Total  Money
	// Discount is the code that made the lines cost less, empty without one; see LineItem.Before.
	Discount  string
	LinkID    int64 // of the payment link that it was placed at; 0 without one
	Customer  Customer
	Terminal  Terminal // of the browser that placed the order
	Language  string
	Reference string // the merchant's own id, from the API
	ReturnURL string // where the API's caller wants the buyer afterwards
	CancelURL string
	Note      string // the buyer's, to the shop
	// Attention says why an operator should look; empty when all is well.
	Attention string
	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time
	ExpiredAt time.Time // zero unless its time ran out before money came
	PaidAt    time.Time // zero until paid; set once
	// Session says that the session API made the order: when its time is over it is over, and nobody pays it any more.
	Session     bool
	CancelledAt time.Time // when the merchant ended it; zero otherwise
	// ConfirmedAt is when an operator said that it is paid, which the gateway couldn't say then; zero otherwise. See ByHand.
	ConfirmedAt time.Time
	Payments    []Payment // oldest first; never empty for a stored order
	Refunds     []Refund  // those that this shop has asked for, oldest first
}

// Payment is the attempt that counts: the one that received money, else the newest.
func (o Order) Payment() Payment {
	for _, p := range o.Payments {
		if p.Status.Received() {
			return p
		}
	}
	if len(o.Payments) == 0 {
		return Payment{}
	}
	return o.Payments[len(o.Payments)-1]
}

// ByHand tells whether the order counts as paid by an operator's word alone: the gateway never said so.
func (o Order) ByHand() bool { return !o.ConfirmedAt.IsZero() && !o.Payment().Status.Received() }

// Version names what is known of the order: while it is the same, nothing that a buyer sees has changed.
func (o Order) Version() string {
	b := fmt.Appendf(nil, "%d %s %d %d", o.ID, o.Status, millis(o.UpdatedAt), millis(o.ExpiresAt))
	for _, p := range o.Payments {
		b = fmt.Appendf(b, " %s %d %d %s %s %s %s %s %s %s", p.Status, millis(p.UpdatedAt), millis(p.ScannedAt), p.Processor, p.ReturnCode, p.DeclineCode, p.TraceID,
			p.WebURL, p.WapURL, p.QRContent)
	}
	return string(b)
}

// Payable tells whether the buyer may still pay at the time: it is retryable, and a session's time isn't over.
func (o Order) Payable(now time.Time) bool {
	return o.Retryable() && !(o.Session && !now.Before(o.ExpiresAt))
}

// Chosen tells whether a wallet was chosen. Before that nothing was sent to the gateway.
func (o Order) Chosen() bool { return o.Payment().Processor != "" }

// Retryable tells whether the buyer may still pay: nothing was received, nothing is under way, and the merchant hasn't ended it.
func (o Order) Retryable() bool {
	if !o.CancelledAt.IsZero() {
		return false
	}
	switch o.Status {
	case OrderOpen, OrderPending, OrderFailed, OrderExpired, OrderCancelled:
		return true
	case OrderProcessing, OrderPaid, OrderRefundPending, OrderPartiallyRefunded, OrderRefunded, OrderChargedBack:
		return false
	}
	return false
}

// BackTo is the merchant's address with the order's id in its query, as order_id, and nothing else that is ours.
func (o Order) BackTo(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("order_id", strconv.FormatInt(o.ID, 10))
	u.RawQuery = q.Encode()
	return u.String()
}

// Event is one entry of an order's history: who said what, when, and what came of it.
type Event struct {
	ID        int64
	OrderID   int64
	PaymentID int64 // 0 when it concerns the order alone
	At        time.Time
	// LastAt and Times count the same message again in the same state.
	LastAt   time.Time
	Times    int
	Kind     EventKind
	Source   Source // of evidence
	Verdict  Verdict
	From, To string // statuses
	Detail   string // in words, for the operator
	Raw      string // the message as received, without signatures
	// Signature is the message's, as it came; empty where there was none.
	Signature string
	Actor     string // the operator whose doing it is; empty otherwise
}

// EventKind is the kind of an entry of the history.
type EventKind string

// The kinds.
const (
	EventCreated  EventKind = "created"  // the order was placed
	EventEvidence EventKind = "evidence" // somebody said something about a payment
	EventRefused  EventKind = "refused"  // the gateway answered a request with an error
	EventUnknown  EventKind = "unknown"  // a request's outcome isn't known
	EventRetried  EventKind = "retried"  // the buyer goes on: another wallet, more time, a new attempt
	EventScanned  EventKind = "scanned"  // a phone opened the short link
	EventExpired  EventKind = "expired"  // the order's time ran out
	EventEnded    EventKind = "ended"    // the merchant cancelled it
	EventErased   EventKind = "erased"   // the buyer's data was removed, because the order is old
	EventRefund   EventKind = "refund"   // a refund was asked for, or somebody said something about one
	EventNoted    EventKind = "noted"    // an operator wrote something down
	EventMailed   EventKind = "mailed"   // an operator had the receipt sent again
	EventSeen     EventKind = "seen"     // an operator has dealt with what needed attention, which is in Raw
)

// EventKinds lists every kind.
var EventKinds = []EventKind{
	EventCreated, EventEvidence, EventRefused, EventUnknown, EventRetried, EventScanned, EventExpired, EventEnded, EventErased, EventRefund, EventNoted, EventMailed, EventSeen,
}

// Country is a country of guide 5.3.1, State a state of 5.3.3.
type (
	Country struct{ Code, Name string }
	State   struct{ Country, Code, Name string }
)

// OrderFilter selects orders for the console. Zero fields select everything.
type OrderFilter struct {
	Reference string // the merchant's own id, whole
	Query     string // order number, e-mail, merchant_transaction_id, ll_transaction_id, trace_id or reference, whole
	Status    OrderStatus
	Waiting   bool      // only those that wait for their buyer or for the gateway, whatever Status says
	Processor Processor // the wallet that counts: Order.Payment's
	Currency  string
	From, To  time.Time // placed at From or later, and before To
	LinkID    int64     // of one payment link
	Attention bool      // only those that need an operator's look
	Cursor    string
	Limit     int // defaults to 50, at most 1000
}

// OrderList is one page of orders. Next is the cursor of the page after it, empty at the end.
type OrderList struct {
	Orders []Order
	Next   string
}
