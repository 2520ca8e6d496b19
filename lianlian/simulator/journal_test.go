package simulator_test

import (
	"bufio"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// passed is the journal in short: which way, what, and the status of an answer.
func passed(list []simulator.WireMessage) string {
	var parts []string
	for _, m := range list {
		text := string(m.Direction) + " " + string(m.Kind)
		if m.Answer {
			text += " " + strconv.Itoa(m.Status)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// TestJournal: both directions in order, with each answer tied to its request.
func TestJournal(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.must("a")
	b.submit(p.PaymentURL+"/pay", nil)
	b.inbox.next(t)
	eventually(t, "acknowledged", func() bool { return b.payment("a").NotificationsAcked == 1 })
	b.query("nobody")
	list := b.sim.Journal(0)
	ways := passed(list)
	for _, want := range []string{
		"to_gateway create, to_merchant create 200", "to_merchant notification", "to_gateway notification 200", "by_buyer return", "to_gateway query, to_merchant query 404",
	} {
		if !strings.Contains(ways, want) {
			t.Errorf("%s isn't in %s", want, ways)
		}
	}
	if len(list) != 7 || !strings.HasPrefix(ways, "to_gateway create, to_merchant create 200") {
		t.Fatalf("journal: %s", ways)
	}
	for i, m := range list {
		if m.Seq != uint64(i+1) || m.At.IsZero() || m.MerchantTransactionID == "" {
			t.Errorf("message %d: %+v", i, m)
		}
		if m.Answer {
			asked := list[m.Exchange-1]
			if asked.Answer || asked.Kind != m.Kind || asked.Direction == m.Direction || m.Seq < asked.Seq {
				t.Errorf("message %d answers %+v", i, asked)
			}
		}
	}
	if m := list[0]; !strings.Contains(m.Body, `"transaction_amount":"168.00"`) || !strings.Contains(m.SigningString, "&transaction_amount=168.00&") || m.Header.Get("Timestamp") == "" || m.Method != "POST" {
		t.Errorf("request: %+v", m)
	}
	if m := list[1]; !strings.Contains(m.Body, "payment_url") || m.Signature == "" {
		t.Errorf("answer: %+v", m)
	}
	if last := list[6]; !strings.Contains(last.Note, "OBJECT_NOT_FOUND") {
		t.Errorf("refusal: %+v", last)
	}
	if got := b.sim.Journal(5); len(got) != 2 || got[0].Seq != 6 {
		t.Errorf("after 5: %s", passed(got))
	}
	if got := b.sim.Journal(99); len(got) != 0 {
		t.Errorf("after the end: %s", passed(got))
	}
}

// TestJournalOfLostMessages: what nobody answered is there too, and a request before its answer.
func TestJournalOfLostMessages(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{CreateHang: true, LoseNotification: true})
	body, _ := json.Marshal(b.request("a"))
	req := b.postRequest(body, nil)
	done := make(chan error, 1)
	go func() {
		_, err := b.try(req)
		done <- err
	}()
	eventually(t, "accepted", func() bool { _, ok := b.sim.Payment("a"); return ok })
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all in the journal", func() bool { return len(b.sim.Journal(0)) >= 3 })
	b.sim.Close()
	<-done
	lost := false
	for _, m := range b.sim.Journal(0) {
		if m.Kind == simulator.LogNotification {
			lost = true
			if m.Answer || m.Note != "scenario: lost on the way" {
				t.Errorf("a lost notification: %+v", m)
			}
		}
		if m.Kind == simulator.LogCreate && m.Answer && (m.Status != 0 || m.Note == "") {
			t.Errorf("no answer: %+v", m)
		}
	}
	if !lost {
		t.Error("the lost notification isn't in the journal")
	}
}

func TestJournalHidesCredentials(t *testing.T) {
	t.Parallel()
	b := start(t)
	body, _ := json.Marshal(b.request("a"))
	b.post(body, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer hunter2")
		r.Header.Set("Cookie", "session=hunter2")
		r.Header.Set("X-Long", strings.Repeat("x", 5000))
	})
	m := b.sim.Journal(0)[0]
	if m.Header.Get("Authorization") != "[masked]" || m.Header.Get("Cookie") != "[masked]" || len(m.Header.Get("X-Long")) > 2100 {
		t.Errorf("headers %v", m.Header)
	}
	for _, path := range []string{"/journal", "/journal.json", "/payments/a"} {
		if _, doc := b.get(b.url + path); strings.Contains(doc.Text(), "hunter2") || strings.Contains(doc.Text(), "PRIVATE KEY") {
			t.Errorf("%s shows a secret", path)
		}
	}
}

// TestJournalForPrograms: as JSON, and as a stream that can be taken up again and ends with the simulator.
func TestJournalForPrograms(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	read := func(path string, header ...string) *http.Response {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := b.hc.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	var got struct{ Messages []simulator.WireMessage }
	if err := json.NewDecoder(read("/journal.json?after=1").Body).Decode(&got); err != nil || passed(got.Messages) != "to_merchant create 200" {
		t.Errorf("as JSON: %s, %v", passed(got.Messages), err)
	}
	if resp := read("/journal.json?after=x"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("after=x: %d", resp.StatusCode)
	}
	stream := read("/journal/events", "Last-Event-ID", "1")
	if got := stream.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(stream.Body)
	next := func() (m simulator.WireMessage) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		t.Fatal("the stream ended")
		return m
	}
	if m := next(); m.Seq != 2 || !m.Answer {
		t.Errorf("first event %+v", m)
	}
	b.query("a") // while somebody listens
	if m := next(); m.Seq != 3 || m.Kind != simulator.LogQuery {
		t.Errorf("second event %+v", m)
	}
	next()
	b.sim.Close()
	for lines.Scan() {
	}
}

// wrongly signs a text with the merchant's key.
func wrongly(t *testing.T, text string) string {
	t.Helper()
	signature, err := lianlian.NewSigner(merchantKey()).SignString(text)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// TestSignatureFaults: what a merchant's programmer did wrong, told from the signature alone.
func TestSignatureFaults(t *testing.T) {
	t.Parallel()
	b := start(t)
	body := []byte(`{"transaction_amount":"1.00", "b":[{"f":"3","e":"x y"},{"d":"1"}],"A":5,"a":true}`)
	const canonical = "A=5&a=true&e=x y&f=3&d=1&transaction_amount=1.00"
	sum := sha256.Sum256([]byte(canonical))
	sha, err := rsa.SignPKCS1v15(nil, merchantKey(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	swapped, err := lianlian.NewSigner(gatewayKey()).Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		signature, mistake string
		finding            lianlian.Finding
		at                 int
	}{
		{wrongly(t, string(body)), "raw", lianlian.FoundRaw, 0},
		{wrongly(t, "transaction_amount=1.00&f=3&e=x y&d=1&A=5&a=true"), "unsorted", lianlian.FoundText, 0},
		{wrongly(t, `A=5&a=true&b=[{"f":"3","e":"x y"},{"d":"1"}]&transaction_amount=1.00`), "nested_json", lianlian.FoundText, 11},
		{wrongly(t, "A=5&a=true&b=e=x y&f=3&d=1&transaction_amount=1.00"), "with_names", lianlian.FoundText, 11},
		{wrongly(t, "A=5&a=true&d=1&e=x+y&f=3&transaction_amount=1.00"), "url_encoded", lianlian.FoundText, 11},
		{wrongly(t, "A=5&a=true&d=1&e=x y&f=3&transaction_amount=1.00"), "flat_sort", lianlian.FoundText, 11},
		{wrongly(t, canonical+"&"), "trailing_ampersand", lianlian.FoundText, len(canonical)},
		{wrongly(t, strings.ReplaceAll(canonical, "&", "")), "no_separator", lianlian.FoundText, 3},
		{wrongly(t, strings.ToLower(canonical)), "lower_case", lianlian.FoundText, 0},
		{wrongly(t, "5true1x y31.00"), "values_only", lianlian.FoundText, 0},
		{wrongly(t, `{"transaction_amount":"1.00","b":[{"f":"3","e":"x y"},{"d":"1"}],"A":5,"a":true}`), "compact", lianlian.FoundText, 0},
		{wrongly(t, `{"A":5,"a":true,"b":[{"e":"x y","f":"3"},{"d":"1"}],"transaction_amount":"1.00"}`), "sorted_json", lianlian.FoundText, 0},
		{wrongly(t, "something else"), "", lianlian.FoundText, -1},
		{base64.StdEncoding.EncodeToString(sha), "", lianlian.FoundHash, -1},
		{swapped, "", lianlian.FoundOwn, -1},
		{"AAAA", "", lianlian.FoundLength, -1},
		{"not base64", "", lianlian.FoundUnreadable, -1},
	} {
		r := b.post(body, func(r *http.Request) { r.Header.Set("signature", tt.signature) })
		list := b.sim.Journal(0)
		last := list[len(list)-1]
		if r.code() != "INVALID_SIGNATURE" || last.Fault == nil {
			t.Errorf("%s%s: %s, %+v", tt.mistake, tt.finding, r.body, last)
			continue
		}
		if f := last.Fault; f.Finding != tt.finding || f.Mistake != tt.mistake || f.DiffersAt != tt.at || f.Canonical != canonical {
			t.Errorf("%s: found %+v, want %s at %d", tt.mistake, f, tt.finding, tt.at)
		}
	}
}

// TestJournalPage: refused requests with the reason, the string that must be signed, and where the merchant's parts from it.
func TestJournalPage(t *testing.T) {
	t.Parallel()
	b := start(t)
	if _, doc := b.get(b.url + "/"); !strings.HasPrefix(doc.Find("[data-testid=journal]").AttrOr("href", ""), "/simulator/journal?") {
		t.Error("the overview has no link to the journal")
	}
	body := []byte(`{"b":"2","a":"長"}`)
	b.post(body, func(r *http.Request) { r.Header.Set("signature", wrongly(t, "b=2&a=長")) })
	b.post([]byte(`{"a":1}`), func(r *http.Request) { r.Header.Set("timestamp", "now") })
	for _, lang := range []string{"en", "zh-Hans", "zh-Hant"} {
		resp, doc := b.get(b.url + "/journal?lang=" + lang)
		decent(t, lang+" journal", resp, doc)
		if text := doc.Text(); strings.Contains(text, "journal.to") || strings.Contains(text, "finding.") || strings.Contains(text, "mistake.") {
			t.Errorf("%s: a text is missing", lang)
		}
		entries := doc.Find("[data-testid=entry]")
		if entries.Length() != 2 || entries.First().AttrOr("data-exchange", "") != "3" {
			t.Fatalf("%d entries", entries.Length())
		}
		if got := entries.First().Find("[data-testid=refusal]").Text(); got != "INVALID_PARAMETER: timestamp is empty or incorrect" {
			t.Errorf("refusal: %q", got)
		}
		faulty := entries.Last()
		if faulty.Find("[data-testid=canonical]").Text() != "a=長&b=2" || faulty.Find("[data-testid=theirs]").Text() != "b=2&a=長" {
			t.Errorf("strings: %s", faulty.Text())
		}
		if marks := faulty.Find("[data-testid=diff] mark"); marks.Length() != 2 || marks.First().Text() != "a" || marks.Last().Text() != "b" {
			t.Errorf("marked: %s", marks.Text())
		}
	}
	_, doc := b.get(b.url + "/journal")
	action := doc.Find("[data-testid=compare]").AttrOr("action", "")
	_, doc = b.submit(action, url.Values{"expected": {"a=長&b=<3>\r\n"}})
	diff := doc.Find("[data-testid=diff]").Last()
	if !strings.Contains(diff.Text(), "character 7") || diff.Find("mark").First().Text() != "2" || diff.Find("mark").Last().Text() != "<" {
		t.Errorf("compared: %s", diff.Text())
	}
	if _, doc = b.submit(action, url.Values{"expected": {"a=長&b=2"}}); doc.Find("[data-testid=same]").Length() != 1 {
		t.Error("the same string isn't said to be the same")
	}
	for _, path := range []string{"/journal/99", "/journal/3", "/journal/x"} {
		if resp, _ := b.submit(b.url+path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
