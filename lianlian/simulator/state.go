package simulator

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lianlian-checkout/lianlian"
)

// maxState is the length in bytes beyond which a state file isn't read.
const maxState = 128 << 20

const stateVersion = 1

// savedState is what a state file holds, as JSON.
type savedState struct {
	Version    int             `json:"version"`
	MerchantID string          `json:"merchant_id"`
	Key        []byte          `json:"key,omitempty"` // PKCS #8, of a gateway that made its own
	Speed      float64         `json:"speed"`
	Scenario   Scenario        `json:"scenario"`
	Scenarios  []savedScenario `json:"scenarios"` // of single payments, oldest first
	Payments   []savedPayment  `json:"payments"`  // oldest first
	Notices    []savedNotice   `json:"notices"`
}

type savedScenario struct {
	ID       string   `json:"id"`
	Scenario Scenario `json:"scenario"`
}

type savedPayment struct {
	Payment Payment     `json:"payment"` // without log
	Links   []savedLink `json:"links"`   // oldest first
}

type savedLink struct {
	Token  string                 `json:"token"`
	Method lianlian.PaymentMethod `json:"method"`
}

// savedNotice is a notification or a task that waits.
type savedNotice struct {
	ID       string        `json:"id"`
	URL      string        `json:"url,omitempty"`
	Payment  *notification `json:"payment,omitempty"`
	Refund   *refundOrder  `json:"refund,omitempty"`
	Task     *task         `json:"task,omitempty"`
	Attempts int           `json:"attempts,omitempty"`
	Held     bool          `json:"held,omitempty"`
	Due      time.Time     `json:"due"`
	After    *savedNotice  `json:"after,omitempty"`
}

// readState reads a state file; one that doesn't exist is nil.
func readState(file string) (*savedState, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxState+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxState {
		return nil, fmt.Errorf("%s has more than %d bytes", file, maxState)
	}
	st, err := parseState(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return st, nil
}

// gatewayKey is the key of a state, or a new one.
func gatewayKey(st *savedState) (*rsa.PrivateKey, error) {
	if st == nil || len(st.Key) == 0 {
		return newKey()
	}
	key, err := x509.ParsePKCS8PrivateKey(st.Key)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < 2048 {
		return nil, errors.New("not an RSA key of 2048 bits or more")
	}
	return private, nil
}

// changed says that the state file is behind. The caller holds mu.
func (s *Simulator) changed() { s.generation++ }

// keepState brings the state file up to date, or says in the log that it can't.
func (s *Simulator) keepState() {
	if err := s.save(); err != nil {
		s.opts.Logger.Error("the simulator's state was not kept", "file", s.opts.StateFile, "error", err)
	}
}

// save brings the state file up to date. Several callers that wait together share one write.
func (s *Simulator) save() error {
	if s.opts.StateFile == "" {
		return nil
	}
	s.mu.Lock()
	wanted := s.generation
	s.mu.Unlock()
	s.saving.Lock()
	defer s.saving.Unlock()
	if s.saved >= wanted {
		return nil
	}
	s.mu.Lock()
	generation := s.generation
	data, err := json.Marshal(s.state())
	s.mu.Unlock()
	if err == nil {
		err = writeFile(s.opts.StateFile, data)
	}
	if err == nil {
		s.saved = generation
	}
	return err
}

// writeFile puts a file in its place in one step, readable by its owner only.
func writeFile(file string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(file), ".state-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

// state copies everything that outlives a restart; logs and the journal don't. The caller holds mu.
func (s *Simulator) state() savedState {
	st := savedState{Version: stateVersion, MerchantID: s.opts.MerchantID, Key: s.ownKey, Speed: s.speed, Scenario: s.scenario}
	for _, id := range s.scenarios.order {
		st.Scenarios = append(st.Scenarios, savedScenario{id, s.scenarios.values[id]})
	}
	for _, id := range s.payments.order {
		p := s.payments.values[id]
		kept := savedPayment{Payment: p.Payment}
		for _, r := range p.refunds {
			kept.Payment.Refunds = append(kept.Payment.Refunds, r.Refund)
		}
		for _, token := range p.tokens {
			kept.Links = append(kept.Links, savedLink{token, s.tokens[token].method})
		}
		st.Payments = append(st.Payments, kept)
	}
	for n := range s.pending {
		st.Notices = append(st.Notices, n.kept())
	}
	slices.SortFunc(st.Notices, func(a, b savedNotice) int { return a.Due.Compare(b.Due) })
	return st
}

func (n *notice) kept() savedNotice {
	k := savedNotice{ID: n.id, URL: n.url, Task: n.task, Attempts: n.attempts, Held: n.held, Due: n.due.Round(0)}
	switch c := n.content.(type) {
	case notification:
		k.Payment = &c
	case refundOrder:
		k.Refund = &c
	}
	if n.after != nil {
		after := n.after.kept()
		k.After = &after
	}
	return k
}

// restore takes over a state that parseState has found good.
func (s *Simulator) restore(st *savedState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenario = st.Scenario
	if s.opts.Speed == 0 {
		s.speed = st.Speed
	}
	for _, sc := range st.Scenarios {
		s.scenarios.set(sc.ID, sc.Scenario)
	}
	for _, kept := range st.Payments {
		p := &payment{Payment: kept.Payment}
		p.Payment.Refunds, p.Payment.Log = nil, nil
		for _, f := range kept.Payment.Refunds {
			r := &refund{f, p}
			p.refunds = append(p.refunds, r)
			s.refunds[f.MerchantTransactionID] = r
		}
		for _, l := range kept.Links {
			p.tokens = append(p.tokens, l.Token)
			s.tokens[l.Token] = link{p, l.Method}
			p.PaymentURL = s.base.String() + "/pay/" + l.Token
		}
		s.keep(p)
	}
	for _, k := range st.Notices {
		n := k.notice()
		s.pending[n] = struct{}{}
		s.startTimer(n, max(time.Until(k.Due), 0))
	}
}

func (k savedNotice) notice() *notice {
	n := &notice{id: k.ID, url: k.URL, task: k.Task, attempts: k.Attempts, held: k.Held}
	switch {
	case k.Payment != nil:
		n.content = *k.Payment
	case k.Refund != nil:
		n.content = *k.Refund
	}
	if k.After != nil {
		n.after = k.After.notice()
	}
	return n
}
