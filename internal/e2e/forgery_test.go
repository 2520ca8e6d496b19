package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models/storetest"
)

// forgery is one hostile message to the notification address.
type forgery struct {
	name   string
	why    string // it must be refused
	body   string // built from the genuine fields, see message
	sign   func(f *forger, body string) []string
	header map[string]string
	want   string // acceptable status codes
}

// forger holds what a well-placed attacker could: genuine fields, another key, and, for messages whose danger is that the
// gateway did sign them, the gateway's own signer.
type forger struct {
	gateway, other *lianlian.Signer
	genuine        string // a genuine body of this order
	elsewhere      string // a genuine signature of another message
}

// Signatures.
func byGateway(f *forger, body string) []string {
	if s, err := f.gateway.Sign([]byte(body)); err == nil {
		return []string{s}
	}
	return overGenuine(f, body)
}
func overGenuine(f *forger, _ string) []string {
	s, _ := f.gateway.Sign([]byte(f.genuine))
	return []string{s}
}
func byOther(f *forger, body string) []string {
	s, _ := f.other.Sign([]byte(body))
	return []string{s}
}
func of(change func(signature string) []string) func(*forger, string) []string {
	return func(f *forger, body string) []string { return change(byGateway(f, body)[0]) }
}
func textually(text string) func(*forger, string) []string {
	// Signs the canonical string that a careless reader would see.
	return func(f *forger, _ string) []string {
		s, _ := f.gateway.SignString(text)
		return []string{s}
	}
}

// message is a notification's JSON from alternating names and raw values.
func message(pairs ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", pairs[i], pairs[i+1])
	}
	b.WriteByte('}')
	return b.String()
}

func forgeries(f *forger, n lianlian.Notification) []forgery {
	base := [][2]string{
		{"ll_transaction_id", `"` + n.LLTransactionID + `"`}, {"merchant_id", `"` + n.MerchantID + `"`}, {"merchant_transaction_id", `"` + n.MerchantTransactionID + `"`},
		{"payment_time", fmt.Sprint(n.PaymentTime.UnixMilli())}, {"transaction_amount", `"100.00"`}, {"transaction_currency", `"HKD"`}, {"transaction_status", `"PS"`},
	}
	with := func(name, value string) string { // the genuine message with one field replaced, added, or dropped if value is ""
		var pairs []string
		found := false
		for _, p := range base {
			if p[0] == name {
				found = true
				if value == "" {
					continue
				}
				p[1] = value
			}
			pairs = append(pairs, p[0], p[1])
		}
		if !found {
			pairs = append(pairs, name, value)
		}
		return message(pairs...)
	}
	g := f.genuine
	inner := strings.TrimSuffix(strings.TrimPrefix(g, "{"), "}")
	list := []forgery{
		// Who signed it.
		{"no signature", "anybody can send it", g, func(*forger, string) []string { return nil }, nil, "401"},
		{"empty signature", "it is none", g, func(*forger, string) []string { return []string{""} }, nil, "401"},
		{"another key", "the gateway didn't sign it", g, byOther, nil, "401"},
		{"signature of another message", "it belongs elsewhere", g, func(f *forger, _ string) []string { return []string{f.elsewhere} }, nil, "401"},
		{"two signature headers", "two readers may take different ones", g, of(func(s string) []string { return []string{s, s} }), nil, "400 401"},
		{"genuine and forged signature", "one of them is wrong", g, of(func(s string) []string { return []string{"AAAA", s} }), nil, "400 401"},
		{"comma-joined signatures", "a header has one value", g, of(func(s string) []string { return []string{s + ", " + s} }), nil, "401"},
		{"signature cut", "bytes are missing", g, of(func(s string) []string { return []string{s[:len(s)-8]} }), nil, "401"},
		{"signature longer", "bytes were added", g, of(func(s string) []string { return []string{s + "AAAA"} }), nil, "401"},
		{"signature with one bit turned", "it isn't the gateway's", g, of(func(s string) []string { return []string{flip(s)} }), nil, "401"},
		{"signature without padding", "not standard base64", g, of(func(s string) []string { return []string{strings.TrimRight(s, "=")} }), nil, "401"},
		{"signature in the URL alphabet", "not standard base64", g, of(func(s string) []string {
			return []string{strings.NewReplacer("+", "-", "/", "_").Replace(s) + "_"}
		}), nil, "401"},
		{"signature with blanks inside", "not standard base64", g, of(func(s string) []string { return []string{s[:10] + " " + s[10:]} }), nil, "401"},
		{"signature as hex", "not base64 of a signature", g, of(func(s string) []string { return []string{fmt.Sprintf("%x", s)} }), nil, "401"},
		{"zero signature", "0^e is 0", g, func(*forger, string) []string { return []string{base64.StdEncoding.EncodeToString(make([]byte, 256))} }, nil, "401"},
		{"one signature", "1^e is 1", g, func(*forger, string) []string {
			return []string{base64.StdEncoding.EncodeToString(append(make([]byte, 255), 1))}
		}, nil, "401"},
		{"huge signature", "nobody's key is so long", g, func(*forger, string) []string { return []string{strings.Repeat("QUFB", 4000)} }, nil, "401"},
		{"signature of nothing", "the body isn't empty", g, textually(""), nil, "401"},
		{"signature over the raw body", "the canonical string is signed", g, textually(g), nil, "401"},

		// Whether it can be read at all.
		{"empty body", "no message", "", overGenuine, nil, "400"},
		{"null", "not an object", "null", overGenuine, nil, "400"},
		{"array around it", "not an object", "[" + g + "]", overGenuine, nil, "400"},
		{"string around it", "not an object", fmt.Sprintf("%q", g), overGenuine, nil, "400"},
		{"two objects", "data after the object", g + g, overGenuine, nil, "400"},
		{"words after it", "data after the object", g + " paid", overGenuine, nil, "400"},
		{"NUL after it", "data after the object", g + "\x00", overGenuine, nil, "400"},
		{"byte order mark", "not JSON", "\ufeff" + g, overGenuine, nil, "400"},
		{"UTF-16", "not UTF-8", utf16le(g), overGenuine, nil, "400"},
		{"broken UTF-8", "two readers repair it differently", with("note", "\"\xff\""), overGenuine, nil, "400"},
		{"lone surrogate", "no character", with("note", `"\ud800"`), overGenuine, nil, "400"},
		{"comment", "not JSON", "{/* */" + inner + "}", overGenuine, nil, "400"},
		{"comma at the end", "not JSON", "{" + inner + ",}", overGenuine, nil, "400"},
		{"single quotes", "not JSON", strings.ReplaceAll(g, `"`, `'`), overGenuine, nil, "400"},
		{"NaN", "not JSON", with("transaction_amount", "NaN"), overGenuine, nil, "400"},
		{"cut in the middle", "not JSON", g[:len(g)/2], overGenuine, nil, "400"},
		{"control character in a string", "not JSON", with("note", "\"a\tb\""), overGenuine, nil, "400"},
		{"form instead of JSON", "not JSON", "transaction_status=PS&merchant_id=" + n.MerchantID, overGenuine, nil, "400"},
		{"XML", "not JSON", "<transaction_status>PS</transaction_status>", overGenuine, nil, "400"},
		{"nested a thousand deep", "a reader's stack", with("x", strings.Repeat("[", 1000)+strings.Repeat("]", 1000)), overGenuine, nil, "400"},
		{"64 KiB and one", "nobody's notification is so long", with("x", `"`+strings.Repeat("x", 65<<10)+`"`), byGateway, nil, "413"},
		{"two megabytes", "nobody's notification is so long", with("x", `"`+strings.Repeat("x", 2<<20)+`"`), byGateway, nil, "413"},
		{"gzip", "the signed bytes are others", zipped(g), byGateway, map[string]string{"Content-Encoding": "gzip"}, "415"},
		{"gzip unsaid", "not JSON", zipped(g), byGateway, nil, "400"},
		{"deflate said", "the signed bytes are others", g, byGateway, map[string]string{"Content-Encoding": "deflate"}, "415"},

		// Signed by the gateway, but it can be read in two ways (guide 2.2).
		{"duplicate key", "readers differ on which counts", "{" + inner + `,"transaction_status":"PS"}`, overGenuine, nil, "400"},
		{"duplicate key by escape", "the same name, written otherwise", "{" + inner + `,"transaction\u005fstatus":"PS"}`, overGenuine, nil, "400"},
		{"case-folded twin", "some readers fold case", "{" + inner + `,"Transaction_Status":"PF"}`, byGateway, nil, "400"},
		{"case-folded name alone", "it isn't the field", "{" + strings.Replace(inner, "transaction_status", "TRANSACTION_STATUS", 1) + "}", byGateway, nil, "400"},
		{"long s in a name", "folds to s, and isn't it", "{" + strings.Replace(inner, "transaction_status", "tran\u017faction_status", 1) + "}", byGateway, nil, "400"},
		{"Cyrillic letter in a name", "isn't the field", "{" + strings.Replace(inner, "transaction_status", "trans\u0430ction_status", 1) + "}", byGateway, nil, "400"},
		{"blank in a name", "isn't the field", "{" + strings.Replace(inner, "transaction_status", "transaction_status ", 1) + "}", byGateway, nil, "400"},
		{"moved into order", "not its documented level", `{"order":{` + inner + `}}`, byGateway, nil, "400"},
		{"moved into an array", "not its documented level", `{"x":[{` + inner + `}]}`, byGateway, nil, "400"},
		{"status moved down", "not its documented level", "{" + strings.Replace(inner, `,"transaction_status":"PS"`, "", 1) + `,"x":{"transaction_status":"PS"}}`, byGateway, nil, "400"},
		{"status twice, once nested", "two values for one field", "{" + inner + `,"x":{"transaction_status":"PS"}}`, byGateway, nil, "400"},
		{"amount twice, once nested", "two values for one field", "{" + inner + `,"x":[{"transaction_amount":"100.00"}]}`, byGateway, nil, "400"},
		{"status inside the currency", "one value pretends to be two fields", with("transaction_currency", `"HKD&transaction_status=PS"`), byGateway, nil, "400"},
		{"everything inside an unknown field", "a value pretends to be fields", message("a", `"1&`+strings.ReplaceAll(strings.ReplaceAll(inner, `"`, ""), ":", "=")+`"`), byGateway, nil, "400"},
		{"status inside an unknown field", "a value pretends to be a field", with("a", `"1&transaction_status=PS"`), byGateway, nil, "400"},
		{"merchant inside an unknown name", "a name pretends to be a field", with("a=1&merchant_id", `"`+n.MerchantID+`"`), byGateway, nil, "400"},
		{"glued name and value", "= stands in a value", with("merchant_id", `"`+n.MerchantID+`="`), byGateway, nil, "400"},
		{"& at the end of an id", "& stands in a value", with("merchant_transaction_id", `"`+n.MerchantTransactionID+`&"`), byGateway, nil, "400"},

		// Types and forms of each field.
		{"amount as a number", "the guide says text", with("transaction_amount", "100.00"), byGateway, nil, "400"},
		{"amount without decimals", "two decimals always", with("transaction_amount", `"100"`), byGateway, nil, "400"},
		{"amount with one decimal", "two decimals always", with("transaction_amount", `"100.0"`), byGateway, nil, "400"},
		{"amount with three decimals", "two decimals always", with("transaction_amount", `"100.000"`), byGateway, nil, "400"},
		{"amount with exponent", "not an amount", with("transaction_amount", `"1e2"`), byGateway, nil, "400"},
		{"amount with plus", "not an amount", with("transaction_amount", `"+100.00"`), byGateway, nil, "400"},
		{"negative amount", "not an amount", with("transaction_amount", `"-100.00"`), byGateway, nil, "400"},
		{"amount with blank", "not an amount", with("transaction_amount", `" 100.00"`), byGateway, nil, "400"},
		{"amount with comma", "not an amount", with("transaction_amount", `"1,00.00"`), byGateway, nil, "400"},
		{"amount in full-width digits", "not ASCII digits", with("transaction_amount", `"１００.００"`), byGateway, nil, "400"},
		{"amount in Arabic digits", "not ASCII digits", with("transaction_amount", `"١٠٠.٠٠"`), byGateway, nil, "400"},
		{"amount too long", "15 characters at most", with("transaction_amount", `"0000000000100.00"`), byGateway, nil, "400"},
		{"amount true", "wrong type", with("transaction_amount", "true"), byGateway, nil, "400"},
		{"amount in an array", "wrong type", with("transaction_amount", `["100.00"]`), byGateway, nil, "400"},
		{"amount null", "mandatory", with("transaction_amount", "null"), byGateway, nil, "400"},
		{"status in lower case", "not its alphabet", with("transaction_status", `"ps"`), byGateway, nil, "400"},
		{"status full-width", "not its alphabet", with("transaction_status", `"ＰＳ"`), byGateway, nil, "400"},
		{"status Cyrillic", "not its alphabet", with("transaction_status", `"\u0420\u0405"`), byGateway, nil, "400"},
		{"status with blank", "not its alphabet", with("transaction_status", `"PS "`), byGateway, nil, "400"},
		{"status in words", "two letters", with("transaction_status", `"PAID"`), byGateway, nil, "400"},
		{"status as a list", "wrong type", with("transaction_status", `["PS"]`), byGateway, nil, "400"},
		{"status as an object", "wrong type", with("transaction_status", `{"code":"PS"}`), byGateway, nil, "400"},
		{"currency in lower case", "not its alphabet", with("transaction_currency", `"hkd"`), byGateway, nil, "400"},
		{"currency with a look-alike", "not its alphabet", with("transaction_currency", `"HK\uff24"`), byGateway, nil, "400"},
		{"currency too long", "three letters", with("transaction_currency", `"HKDD"`), byGateway, nil, "400"},
		{"merchant as a number", "the guide says text", with("merchant_id", "1"), byGateway, nil, "400"},
		{"merchant too long", "32 at most", with("merchant_id", `"`+strings.Repeat("1", 33)+`"`), byGateway, nil, "400"},
		{"id with a slash", "not its alphabet", with("merchant_transaction_id", `"../x"`), byGateway, nil, "400"},
		{"id with SQL", "not its alphabet", with("merchant_transaction_id", `"' OR 1=1 --"`), byGateway, nil, "400"},
		{"id too long", "64 at most", with("merchant_transaction_id", `"`+strings.Repeat("x", 65)+`"`), byGateway, nil, "400"},
		{"gateway's id with a line end", "not its alphabet", with("ll_transaction_id", `"1\n2"`), byGateway, nil, "400"},
		{"time in words", "not a time", with("payment_time", `"now"`), byGateway, nil, "400"},
		{"time that doesn't exist", "no such day", with("payment_time", `"20260230120000"`), byGateway, nil, "400"},
		{"time negative", "not a time", with("payment_time", "-1"), byGateway, nil, "400"},
	}
	for _, p := range base {
		list = append(list, forgery{"without " + p[0], "mandatory (guide 4.1.2)", with(p[0], ""), byGateway, nil, "400"},
			forgery{"empty " + p[0], "mandatory (guide 4.1.2)", with(p[0], `""`), byGateway, nil, "400"})
	}
	// Signed by the gateway and well formed, but not what we stored: kept, flagged, and nothing moves.
	for _, m := range [][3]string{
		{"one cent less", "transaction_amount", `"99.99"`}, {"one cent more", "transaction_amount", `"100.01"`}, {"a hundredth", "transaction_amount", `"1.00"`},
		{"nothing", "transaction_amount", `"0.00"`}, {"a hundredfold", "transaction_amount", `"10000.00"`}, {"another currency", "transaction_currency", `"JPY"`},
		{"an unlisted currency", "transaction_currency", `"ZZZ"`}, {"another merchant", "merchant_id", `"2080898732499254"`}, {"another id of the gateway's", "ll_transaction_id", `"20990101000000000000000000000001"`},
	} {
		list = append(list, forgery{m[0], "it doesn't agree with the stored payment (I3)", with(m[1], m[2]), byGateway, nil, "409"})
	}
	return append(list,
		forgery{"unknown payment", "we never made it", with("merchant_transaction_id", `"`+strings.Repeat("z", 44)+`"`), byGateway, nil, "404"},
		forgery{"our id in other letters' case", "ids are exact", with("merchant_transaction_id", `"`+swapCase(n.MerchantTransactionID)+`"`), byGateway, nil, "404"},
		forgery{"unknown state", "not in the table: kept and flagged", with("transaction_status", `"ZZ"`), byGateway, nil, "200"},
		forgery{"refunded before paid", "not in the table: kept and flagged", with("transaction_status", `"RS"`), byGateway, nil, "200"},
		forgery{"charged back before paid", "not in the table: kept and flagged", with("transaction_status", `"CB"`), byGateway, nil, "200"},
	)
}

// TestForgeries sends at least 100 hand-made hostile messages to the real program. None moves the payment, none makes a 5xx,
// and the genuine notification afterwards still pays the order.
func TestForgeries(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	p := start(t)
	keys, err := simulator.LoadKeys(filepath.Join(p.Folder, "data"))
	if err != nil {
		t.Fatal(err)
	}
	load := newPaidLoad(t, p)
	b := newBrowser(t, p, desktop)
	placed := b.post("/checkout", load.form)
	token := placed.Location[strings.LastIndex(placed.Location, "/")+1:]
	n, ok := load.payment(t, p, token)
	if !ok {
		t.Fatal("the order doesn't wait at the gateway")
	}
	f := &forger{gateway: lianlian.NewSigner(keys.Gateway), other: lianlian.NewSigner(keys.Merchant)}
	signature, body, err := lianlian.SignNotification(f.gateway, n)
	if err != nil {
		t.Fatal(err)
	}
	f.genuine = string(body)
	f.elsewhere, _ = f.gateway.Sign([]byte(strings.Replace(f.genuine, "PS", "PF", 1)))
	all := forgeries(f, n)
	if len(all) < 100 {
		t.Fatalf("only %d forgeries", len(all))
	}
	state := func() string {
		return p.query(t, `SELECT p.status || ' ' || o.status || ' ' || o.paid_at || ' ' || p.paid_at || ' ' || (SELECT count(*) FROM outbox WHERE type <> 'order.attention')
			FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.token = ?`, token)
	}
	before := state()
	if !strings.HasPrefix(before, "WP pending 0 0") {
		t.Fatalf("before: %s", before)
	}
	seen := map[string]bool{}
	for _, m := range all {
		if seen[m.name] || m.why == "" {
			t.Errorf("%s: named twice, or no reason", m.name)
		}
		seen[m.name] = true
		status := send(t, p, m.body, m.sign(f, m.body), m.header)
		if !strings.Contains(" "+m.want+" ", fmt.Sprintf(" %d ", status)) {
			t.Errorf("%s: %d, want %s, because %s", m.name, status, m.want, m.why)
		}
		if after := state(); after != before {
			t.Fatalf("%s moved the payment: %s → %s; it must be refused, because %s", m.name, before, after, m.why)
		}
	}
	t.Logf("%d forgeries", len(all))
	if status := send(t, p, f.genuine, []string{signature}, nil); status != http.StatusOK {
		t.Fatalf("the genuine notification: %d", status)
	}
	if after := state(); !strings.HasPrefix(after, "PS paid") {
		t.Errorf("after the genuine notification: %s", after)
	}
}

func send(t *testing.T, p *shop, body string, signatures []string, header map[string]string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/lianlian/notify", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	for _, s := range signatures {
		req.Header.Add("signature", s)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func flip(signature string) string {
	raw, _ := base64.StdEncoding.DecodeString(signature)
	raw[len(raw)/2] ^= 1
	return base64.StdEncoding.EncodeToString(raw)
}

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func utf16le(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func swapCase(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}
