package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"lianlian-checkout/lianlian"
)

var tokenForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// maxAfter is how many notices may follow one another in a state file; the simulator makes chains of two.
const maxAfter = 4

// parseState reads a state file's content strictly: it may have been edited by hand.
func parseState(data []byte) (*savedState, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var st savedState
	if err := dec.Decode(&st); err != nil {
		return nil, fmt.Errorf("not a state of the simulator: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("not a state of the simulator: something follows it")
	}
	switch {
	case st.Version != stateVersion:
		return nil, fmt.Errorf("a state of version %d; this simulator reads version %d", st.Version, stateVersion)
	case !(st.Speed >= 1 && st.Speed <= MaxSpeed):
		return nil, fmt.Errorf("speed %g", st.Speed)
	case len(st.Payments) > maxPayments || len(st.Scenarios) > maxPayments:
		return nil, fmt.Errorf("more than %d payments", maxPayments)
	}
	ids, refunds, tokens := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, sc := range st.Scenarios {
		if !idAlphabet.MatchString(sc.ID) {
			return nil, fmt.Errorf("scenario of %q", sc.ID)
		}
	}
	for _, p := range st.Payments {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("payment %q: %w", p.Payment.MerchantTransactionID, err)
		}
		if !once(ids, p.Payment.MerchantTransactionID) {
			return nil, fmt.Errorf("payment %q is there twice", p.Payment.MerchantTransactionID)
		}
		for _, r := range p.Payment.Refunds {
			if !once(refunds, r.MerchantTransactionID) {
				return nil, fmt.Errorf("refund %q is there twice", r.MerchantTransactionID)
			}
		}
		for _, l := range p.Links {
			if !tokenForm.MatchString(l.Token) || !once(tokens, l.Token) {
				return nil, fmt.Errorf("payment %q: link %q", p.Payment.MerchantTransactionID, l.Token)
			}
		}
	}
	for _, n := range st.Notices {
		if err := n.check(ids, maxAfter); err != nil {
			return nil, fmt.Errorf("notice of %q: %w", n.ID, err)
		}
	}
	return &st, nil
}

// once says whether a key is new, and remembers it.
func once(seen map[string]bool, key string) bool {
	if seen[key] {
		return false
	}
	seen[key] = true
	return true
}

func (k savedPayment) check() error {
	p := k.Payment
	switch {
	case !idAlphabet.MatchString(p.MerchantTransactionID):
		return errors.New("bad id")
	case !p.Status.Known():
		return fmt.Errorf("status %q", p.Status)
	case p.Amount <= 0 || p.Amount > lianlian.MaxAmount || p.SettlementAmount < 0:
		return errors.New("bad amount")
	case !lianlian.CurrencyKnown(p.Currency):
		return fmt.Errorf("currency %q", p.Currency)
	case !knownDecline(p.DeclineCode):
		return fmt.Errorf("decline code %q", p.DeclineCode)
	case !isURL(p.RedirectURL, nil, nil) || p.NotificationURL != "" && !isURL(p.NotificationURL, nil, nil):
		return errors.New("bad address")
	case len(k.Links) == 0 || len(k.Links) > maxLinks:
		return fmt.Errorf("%d links", len(k.Links))
	}
	left := p.Amount
	for _, r := range p.Refunds {
		if r.OriginalTransactionID != p.MerchantTransactionID || !idAlphabet.MatchString(r.MerchantTransactionID) || r.Amount <= 0 || r.Amount > lianlian.MaxAmount ||
			r.Status != lianlian.RefundPending && r.Status != lianlian.RefundSuccess && r.Status != RefundFailed {
			return fmt.Errorf("refund %q", r.MerchantTransactionID)
		}
		if left -= r.taken(); left < 0 {
			return errors.New("more is refunded than was paid")
		}
	}
	return nil
}

func (k savedNotice) check(payments map[string]bool, depth int) error {
	kinds := 0
	for _, there := range []bool{k.Payment != nil, k.Refund != nil, k.Task != nil} {
		if there {
			kinds++
		}
	}
	switch {
	case !payments[k.ID]:
		return errors.New("there is no such payment")
	case kinds != 1 || k.Attempts < 0 || depth == 0:
		return errors.New("neither a notification nor a task")
	case k.Task == nil && !isURL(k.URL, nil, nil):
		return errors.New("bad address")
	case k.After != nil:
		return k.After.check(payments, depth-1)
	}
	return nil
}
