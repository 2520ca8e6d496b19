package models

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"time"
)

// What the outside is told about an order; part of the public contract.
const (
	TellPaid              = "order.paid"
	TellFailed            = "order.failed"
	TellExpired           = "order.expired"
	TellRefunded          = "order.refunded"
	TellPartiallyRefunded = "order.partially_refunded"
	TellChargedBack       = "order.charged_back"
	TellAttention         = "order.attention"
)

// Tells lists every type of webhook.
var Tells = []string{TellPaid, TellFailed, TellExpired, TellRefunded, TellPartiallyRefunded, TellChargedBack, TellAttention}

// EndpointKind says where an endpoint comes from.
type EndpointKind string

// The kinds.
const (
	EndpointConfig  EndpointKind = "config"  // webhooks.endpoints; its secret stays in the configuration
	EndpointConsole EndpointKind = "console" // made by an operator; its secret is stored
	EndpointHook    EndpointKind = "hook"    // a function of the program that the checkout runs in
)

// Endpoint is one receiver of webhooks.
type Endpoint struct {
	ID         int64
	URL        string // for a hook its name, like hook:paid
	Kind       EndpointKind
	Secret     string   // whsec_…; empty when the configuration keeps it
	Events     []string // empty means all
	CreatedAt  time.Time
	DisabledAt time.Time // zero while it is on
	Reason     string    // why it is off: ReasonRemoved or ReasonGone

	Pending, Dead int // deliveries; filled in by Store.EndpointStates alone
}

// Why an endpoint is off.
const (
	ReasonRemoved = "removed" // the configuration names it no more
	ReasonGone    = "gone"    // it answered 410
)

// On tells whether it gets anything.
func (e Endpoint) On() bool { return e.DisabledAt.IsZero() }

// Wants tells whether it asked for the type of webhook.
func (e Endpoint) Wants(typ string) bool { return len(e.Events) == 0 || slices.Contains(e.Events, typ) }

// LogValue keeps the secret, and what a URL may carry, out of logs.
func (e Endpoint) LogValue() slog.Value { return slog.StringValue("[endpoint]") }

// Fact is something that the outside must be told about an order.
type Fact struct {
	ID      int64
	OrderID int64
	Name    string // unique; the outbox's fact
	Type    string // TellPaid, TellFailed, …
	At      time.Time
}

// MessageID is the webhook-id of a fact: the same for each try and each endpoint, and never that of another shop's fact,
// because the order's token is random.
func (f Fact) MessageID(o Order) string {
	sum := sha256.Sum256([]byte(o.Token + "\x00" + f.Name))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// DeliveryState is how a delivery stands.
type DeliveryState string

// The states.
const (
	DeliveryPending   DeliveryState = "pending"   // due now or later
	DeliveryDelivered DeliveryState = "delivered" // answered 2xx
	DeliveryDead      DeliveryState = "dead"      // given up
)

// DeliveryStates lists every state.
var DeliveryStates = []DeliveryState{DeliveryPending, DeliveryDelivered, DeliveryDead}

// Delivery is one fact for one endpoint.
type Delivery struct {
	ID          int64
	OrderID     int64
	OrderNumber string
	Endpoint    Endpoint // without its counts
	Type        string
	MessageID   string
	Body        string // as it is sent, each time
	State       DeliveryState
	CreatedAt   time.Time
	NextAt      time.Time // of the next try; zero when there is none
	DoneAt      time.Time // delivered or given up
	Step        int       // tries of the present schedule, the one under way included
	Tries       int       // all that are noted
	Last        Try       // without its answer
}

// Try is one try of a delivery and what came of it.
type Try struct {
	At     time.Time
	Took   time.Duration
	Status int    // HTTP status; 0 when there was no answer
	Answer string // the beginning of the answer's body
	Error  string // what went wrong, in words; empty for 2xx
}

// Sent tells whether the receiver took it.
func (t Try) Sent() bool { return t.Error == "" }

// DeliveryFilter selects deliveries for the console. Zero fields select everything.
type DeliveryFilter struct {
	State    DeliveryState
	Endpoint int64
	Cursor   string
	Limit    int // defaults to 50, at most 200
}

// DeliveryList is one page of deliveries, newest first. Next is the cursor of the page after it, empty at the end.
type DeliveryList struct {
	Deliveries []Delivery
	Next       string
}
