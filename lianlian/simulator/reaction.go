package simulator

import (
	"context"
	"errors"

	"lianlian-checkout/lianlian"
)

// Reaction is what a shop made of one payment, in a page's language. The pages show it beside the mischief that was played.
type Reaction struct {
	Status string   // of the shop's order, in a word or two
	Lines  []string // what the shop was told and did, oldest first
	URL    string   // of the order; may be empty
}

// ErrNoOrder is what Options.Shop returns for a payment that the shop knows nothing of.
var ErrNoOrder = errors.New("the shop has no such order")

// played is the last payment with which a mischief was tried.
type played struct {
	ID          string
	Status      lianlian.PaymentStatus // "" when the gateway kept no payment
	Sent, Acked int
	Shop        *Reaction // nil without a shop in this process
}

// noteMischief remembers with which payment the mischief in force is tried. The caller holds mu.
func (s *Simulator) noteMischief(id string) {
	sc := s.scenarioOf(id)
	for _, m := range mischiefs {
		if m.Scenario == sc {
			s.tried[m.Name] = id
		}
	}
}

// lastPlayed is what came of a mischief the last time; nil when it wasn't tried.
func (s *Simulator) lastPlayed(ctx context.Context, name, locale string) *played {
	s.mu.Lock()
	id, ok := s.tried[name]
	out := &played{ID: id}
	if p, kept := s.payments.get(id); kept {
		now := s.snapshot(p)
		out.Status, out.Sent, out.Acked = now.Status, now.NotificationsSent, now.NotificationsAcked
	}
	s.mu.Unlock()
	if !ok {
		return nil
	}
	if s.opts.Shop == nil {
		return out
	}
	reaction, err := s.opts.Shop(ctx, id, locale)
	if err == nil {
		out.Shop = &reaction
	} else if !errors.Is(err, ErrNoOrder) {
		s.opts.Logger.WarnContext(ctx, "no reaction of the shop", "merchant_transaction_id", id, "error", err)
	}
	return out
}
