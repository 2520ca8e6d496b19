package models

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// AttentionKind sorts the reasons for an order's attention by what is to be done about them.
type AttentionKind string

// The kinds.
const (
	AttentionMismatch  AttentionKind = "mismatch"  // a signed message names another amount, id or merchant
	AttentionUnknown   AttentionKind = "unknown"   // a signed message names a state that can't be
	AttentionDouble    AttentionKind = "double"    // two payments received money
	AttentionCancelled AttentionKind = "cancelled" // paid after it was cancelled
	AttentionStock     AttentionKind = "stock"     // paid after its pieces were given back
	AttentionFullLink  AttentionKind = "link"      // paid after its payment link was used up
	AttentionHand      AttentionKind = "hand"      // confirmed by hand, and the gateway says otherwise
	AttentionSetup     AttentionKind = "setup"     // the gateway refuses our requests, or we couldn't send one
	AttentionAnswer    AttentionKind = "answer"    // a verified answer of the gateway can't be used
	AttentionOther     AttentionKind = "other"
)

// AttentionKinds lists every kind.
var AttentionKinds = []AttentionKind{
	AttentionMismatch, AttentionUnknown, AttentionDouble, AttentionCancelled, AttentionStock, AttentionFullLink, AttentionHand, AttentionSetup,
	AttentionAnswer, AttentionOther,
}

// KindOfAttention sorts one line of an order's Attention.
func KindOfAttention(reason string) AttentionKind {
	switch reason {
	case AttentionDoublePayment:
		return AttentionDouble
	case AttentionAfterCancel:
		return AttentionCancelled
	case AttentionOversold:
		return AttentionStock
	case AttentionLink:
		return AttentionFullLink
	case AttentionByHand:
		return AttentionHand
	}
	for _, s := range []Source{SourceNotification, SourceQuery, SourceReturn, SourceCreate} {
		rest, found := strings.CutPrefix(reason, string(s)+": ")
		if found && strings.Contains(rest, "can't become") {
			return AttentionUnknown
		}
		if found {
			return AttentionMismatch
		}
	}
	switch {
	case strings.HasPrefix(reason, "the gateway refuses our requests"), strings.HasPrefix(reason, "request not sent"):
		return AttentionSetup
	case strings.HasPrefix(reason, "the gateway's answer can't be used"):
		return AttentionAnswer
	}
	return AttentionOther
}

// Reasons are the lines of the order's Attention, one for each thing to look at.
func (o Order) Reasons() []string {
	if o.Attention == "" {
		return nil
	}
	return strings.Split(o.Attention, "\n")
}

// AttentionMark names the order's attention as it is now: who settles it says what was shown.
func (o Order) AttentionMark() string {
	sum := sha256.Sum256([]byte(o.Attention))
	return hex.EncodeToString(sum[:8])
}

// AttentionList is all that an operator should look at, the newest first, each kind cut at what fits on a page.
type AttentionList struct {
	Orders    []Order    // with an Attention
	Refunds   []Order    // whose refund has been pending for more than RefundSlow
	Endpoints []Endpoint // of webhooks: that answered 410, or with deliveries that were given up, counted in Dead
	Lost      []Delivery // given up
	Mails     []LostMail
}

// RefundSlow is how long a refund may be pending before somebody should ask.
const RefundSlow = 24 * time.Hour

// LostMail is an e-mail that was given up.
type LostMail struct {
	Mail
	OrderNumber string
	FailedAt    time.Time
}
