package simulator

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

func TestRegistryForgetsTheOldest(t *testing.T) {
	t.Parallel()
	r := newRegistry[int](3)
	for i := range 3 {
		if _, gone := r.set(fmt.Sprint(i), i); gone {
			t.Fatalf("entry %d pushed one out", i)
		}
	}
	if _, gone := r.set("1", 11); gone {
		t.Error("a known key pushed one out")
	}
	if old, gone := r.set("3", 3); !gone || old != 0 {
		t.Errorf("pushed out %d, %v", old, gone)
	}
	if _, ok := r.get("0"); ok {
		t.Error("the oldest is still there")
	}
	if got := slices.Collect(r.newest()); !slices.Equal(got, []int{3, 2, 11}) {
		t.Errorf("newest first: %v", got)
	}
	if len(r.order) != len(r.values) {
		t.Errorf("%d keys, %d values", len(r.order), len(r.values))
	}
}

// TestEviction: a payment that is pushed out takes its links and its waiting notification along.
func TestEviction(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{MerchantID: "m", MerchantKey: &key.PublicKey, Key: key, BaseURL: "http://gateway.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.SetScenario(Scenario{DelayNotification: maxKnobDelay})
	s.payments = newRegistry[*payment](maxLogged + 1)
	add := func(i int) {
		in := &submission{fields: object{
			"merchant_transaction_id": fmt.Sprint(i), "transaction_amount": "1.00", "transaction_currency": "HKD", "notification_url": "http://shop.test/",
		}}
		if _, _, no := s.accept(in); no != nil {
			t.Fatal(no)
		}
		s.record(fmt.Sprint(i), LogEntry{Kind: LogCreate})
	}
	add(0)
	if err := s.Pay("0"); err != nil {
		t.Fatal(err)
	}
	for i := range maxLogged {
		add(i + 1)
	}
	if p, ok := s.Payment("0"); !ok || len(p.Log) != 0 {
		t.Errorf("payment 0 beyond the logged ones: %v, %d entries", ok, len(p.Log))
	}
	if p, _ := s.Payment("1"); len(p.Log) != 1 {
		t.Errorf("payment 1 has %d entries", len(p.Log))
	}
	if len(s.pending) != 1 {
		t.Fatalf("%d notifications wait", len(s.pending))
	}
	add(maxLogged + 1)
	if _, ok := s.Payment("0"); ok || len(s.pending) != 0 || len(s.tokens) != maxLogged+1 {
		t.Errorf("payment 0: %v, %d notifications wait, %d links", ok, len(s.pending), len(s.tokens))
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	var log []LogEntry
	for i := range maxLogEntries + 5 {
		log = appendBounded(log, LogEntry{Attempt: i}, maxLogEntries)
	}
	if len(log) != maxLogEntries || log[0].Attempt != 5 || log[maxLogEntries-1].Attempt != maxLogEntries+4 {
		t.Errorf("%d entries, from %d", len(log), log[0].Attempt)
	}
	if got := clip(strings.Repeat("長", maxLogBody)); len(got) > maxLogBody+8 || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("clipped to %d bytes", len(got))
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount   lianlian.Amount
		currency string
		want     lianlian.Amount
	}{
		{168_00, "HKD", 21_57}, {100_00, "USD", 100_00}, {1, "USD", 1}, {1, "JPY", 0}, {100_00, "JPY", 67}, {75, "JPY", 1}, {74, "JPY", 0},
		{lianlian.MaxAmount, "USD", lianlian.MaxAmount}, {lianlian.MaxAmount, "GBP", lianlian.MaxAmount}, {99_999_999_999_900, "HKD", 12_839_999_999_987},
	}
	for _, tt := range tests {
		if got := settle(tt.amount, tt.currency); got != tt.want {
			t.Errorf("%s %s settles as %s, want %s", tt.currency, tt.amount, got, tt.want)
		}
	}
}

// TestTexts: the three languages have the same keys, and none is empty.
func TestTexts(t *testing.T) {
	t.Parallel()
	for _, l := range locales {
		for key := range texts["en"] {
			if texts[l][key] == "" {
				t.Errorf("%s lacks %s", l, key)
			}
		}
		if len(texts[l]) != len(texts["en"]) {
			t.Errorf("%s has %d texts, en %d", l, len(texts[l]), len(texts["en"]))
		}
	}
	for _, k := range knobs {
		if say("en", "knob."+k.name) == "knob."+k.name || say("en", "knob."+k.name+".help") == "knob."+k.name+".help" {
			t.Errorf("knob %s has no text", k.name)
		}
	}
	if got := say("zh-Hant", "no.such.key"); got != "no.such.key" {
		t.Errorf("unknown key: %q", got)
	}
}

func FuzzAcknowledges(f *testing.F) {
	f.Add([]byte(`{"code":"200","msg":"success"}`))
	f.Add([]byte(`{"code":200,"msg":"success"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var strict struct{ Code, Msg string }
		if acknowledges(200, body) && (json.Unmarshal(body, &strict) != nil || strict.Code != "200" || strict.Msg != "success") {
			t.Fatalf("acknowledged by %q", body)
		}
	})
}

func FuzzAccepted(f *testing.F) {
	f.Add("zh-HK,zh;q=0.9,en;q=0.8")
	f.Fuzz(func(t *testing.T, header string) {
		if !slices.Contains(locales, accepted(header)) {
			t.Fatalf("%q gives %q", header, accepted(header))
		}
	})
}

// FuzzParseState: a state that is taken can be restored, and is the same when it is kept again.
func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"version":1,"merchant_id":"m","speed":1,"scenario":{},"scenarios":null,"payments":null,"notices":null}`))
	f.Add([]byte(`{"version":1,"merchant_id":"m","speed":60,"scenario":{"QRCode":true},"scenarios":[{"id":"a","scenario":{"LoseReturn":true}}],"payments":[{"payment":{"MerchantTransactionID":"a","Amount":"1.00","Currency":"HKD","Status":"PS","RedirectURL":"https://a.test/","NotificationURL":"http://a.test/","SettlementAmount":"0.10"},"links":[{"token":"0123456789abcdef0123456789abcdef","method":"web_pay"}]}],"notices":[{"id":"a","url":"http://a.test/","payment":{"merchant_id":"m","transaction_amount":"1.00","transaction_status":"PS"},"due":"2999-01-01T00:00:00Z"},{"id":"a","task":{"Success":true},"due":"2999-01-01T00:00:00Z"}]}`))
	key, err := newKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := parseState(data)
		if err != nil {
			return
		}
		for i := range st.Notices {
			st.Notices[i].Due = time.Now().Add(time.Hour) // nothing is to leave
		}
		s, err := New(Options{MerchantID: "m", MerchantKey: &key.PublicKey, Key: key, BaseURL: "http://gateway.test"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.restore(st)
		s.mu.Lock()
		kept, err := json.Marshal(s.state())
		s.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseState(kept)
		if err != nil {
			t.Fatalf("%v, in %s", err, kept)
		}
		if len(again.Payments) != len(st.Payments) || len(again.Notices) != len(st.Notices) {
			t.Fatalf("%d payments and %d notices became %d and %d", len(st.Payments), len(st.Notices), len(again.Payments), len(again.Notices))
		}
	})
}

func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	j := newJournal()
	for range maxJournal + 7 {
		j.add(WireMessage{})
	}
	if list, _ := j.since(0); len(list) != maxJournal || list[0].Seq != 8 {
		t.Errorf("%d messages, from %d", len(list), list[0].Seq)
	}
	for range 40 {
		j.add(WireMessage{Body: strings.Repeat("a", 200<<10)})
	}
	list, _ := j.since(0)
	total := 0
	for _, m := range list {
		total += m.size()
	}
	if total > maxJournalBytes || total != j.bytes || len(list) < 20 {
		t.Errorf("%d messages of %d bytes, counted as %d", len(list), total, j.bytes)
	}
}

// FuzzDiagnose: whatever a stranger sends, the reason is found without a fault of ours.
func FuzzDiagnose(f *testing.F) {
	key, err := newKey()
	if err != nil {
		f.Fatal(err)
	}
	s, err := New(Options{MerchantID: "m", MerchantKey: &key.PublicKey, Key: key, BaseURL: "http://gateway.test"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Add([]byte(`{"a":[{"b":null},[1]],"a":2}`), "長")
	f.Add([]byte(`[`), "")
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		signature, err := s.signer.SignString(text) // the merchant's key is the same here
		if err != nil {
			t.Fatal(err)
		}
		d := s.diagnose(body, signature)
		if d.DiffersAt >= 0 && (d.DiffersAt > len(d.Canonical) || d.Mistake == "") {
			t.Fatalf("%+v", d)
		}
		if v := diffOf(string(body), text); v != nil && v.At < 1 {
			t.Fatalf("%+v", v)
		}
	})
}
