package simulator

import (
	"slices"
	"strings"

	"lianlian-checkout/lianlian"
)

// The accounts that the buyer of the pages pays from. They are the stage's: no gateway tells of them.
const (
	accountBalance = "balance" // goes down by what was paid from it, and up by refunds; full again after Reset
	accountCard    = "card"    // has always enough
	accountEmpty   = "empty"   // pays nothing: insufficient_funds
)

// account is one of the buyer's, as the page shows it.
type account struct {
	Name   string
	Amount lianlian.Amount // what is on it; of the card nothing is told
	Chosen bool
}

// startBalance is what a wallet holds at first: about 640 US dollars, in a round figure of the currency, without hundredths.
func startBalance(currency string) lianlian.Amount {
	rate := settlementRates[currency]
	if rate == 0 {
		return 500_00
	}
	units, round := 640_000_000/rate, int64(1)
	for units/round >= 100 {
		round *= 10
	}
	return lianlian.Amount(units / round * round * 100)
}

// balance is what the wallet of a payment's buyer holds. The caller holds mu.
func (s *Simulator) balance(processor lianlian.PaymentProcessor, currency string) lianlian.Amount {
	left := startBalance(currency)
	for p := range s.payments.newest() {
		if p.PaidFrom != accountBalance || p.Processor != processor || p.Currency != currency || p.PaidAt.IsZero() {
			continue
		}
		left -= p.Amount
		for _, r := range p.refunds {
			if r.Status == lianlian.RefundSuccess {
				left += r.Amount
			}
		}
	}
	return left
}

// accounts are what the buyer of an open payment chooses from; what has enough is chosen.
func (s *Simulator) accounts(p Payment) []account {
	s.mu.Lock()
	left := s.balance(p.Processor, p.Currency)
	s.mu.Unlock()
	return []account{
		{accountBalance, left, left >= p.Amount}, {accountCard, 0, left < p.Amount}, {accountEmpty, 0, false},
	}
}

// balanceAfter is what is left on the balance that paid; false if another account did.
func (s *Simulator) balanceAfter(id string) (lianlian.Amount, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(id)
	if !ok || p.PaidFrom != accountBalance {
		return 0, false
	}
	return s.balance(p.Processor, p.Currency), true
}

func knownAccount(name string) bool {
	return name == "" || slices.Contains([]string{accountBalance, accountCard, accountEmpty}, name)
}

// payFrom is Pay from an account; none is the card. Without enough on it the payment fails, as a wallet would say it.
func (s *Simulator) payFrom(id, name string) error {
	s.mu.Lock()
	p, ok := s.payments.get(id)
	enough := ok && (name != accountBalance || s.balance(p.Processor, p.Currency) >= p.Amount) && name != accountEmpty
	if enough && isOpen(p.Status) {
		p.PaidFrom = name
	}
	s.mu.Unlock()
	if !enough {
		return s.Fail(id, lianlian.DeclineInsufficientFunds)
	}
	return s.Pay(id)
}

// Plain is an amount as people write it: without hundredths in a currency that has none.
func (p page) Plain(a lianlian.Amount, currency string) string {
	text := a.String()
	if currency == "JPY" || currency == "KRW" {
		text = strings.TrimSuffix(text, ".00")
	}
	return text
}
