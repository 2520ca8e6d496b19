package lianlian_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

const genuine = `{"ll_transaction_id":"5812355233086694","merchant_id":"2080898732499253","merchant_transaction_id":"T21423891172968",` +
	`"payment_time":1725607835123,"settlement_amount":"12.80","settlement_currency":"USD","transaction_amount":"100.00",` +
	`"transaction_currency":"HKD","transaction_status":"PF"}`

func genuineState() lianlian.Notification {
	settled := lianlian.Amount(1280)
	return lianlian.Notification{
		MerchantID: "2080898732499253", LLTransactionID: "5812355233086694", MerchantTransactionID: "T21423891172968",
		TransactionCurrency: "HKD", TransactionAmount: 10000, TransactionStatus: lianlian.StatusFailed,
		PaymentTime:        time.UnixMilli(1725607835123).UTC(),
		SettlementCurrency: "USD", SettlementAmount: &settled,
	}
}

func mustSign(tb testing.TB, body string) string {
	tb.Helper()
	sig, err := testSigner(tb).Sign([]byte(body))
	if err != nil {
		tb.Fatal(err)
	}
	return sig
}

func TestParseNotification(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	swap := func(old, new string) string { return strings.Replace(genuine, old, new, 1) }
	tests := []struct {
		name, body string
		change     func(*lianlian.Notification)
	}{
		{"as documented", genuine, nil},
		{"payment_time as a string", swap(`1725607835123`, `"1725607835123"`), nil},
		{"payment_time in seconds", swap(`1725607835123`, `1725607835`), func(n *lianlian.Notification) { n.PaymentTime = time.Unix(1725607835, 0).UTC() }},
		{"payment_time as a date", swap(`1725607835123`, `20240906153035`), func(n *lianlian.Notification) { n.PaymentTime = time.Unix(1725607835, 0).UTC() }},
		{"no settlement", swap(`"settlement_amount":"12.80","settlement_currency":"USD",`, ``), func(n *lianlian.Notification) {
			n.SettlementAmount, n.SettlementCurrency = nil, ""
		}},
		{"settlement in the default currency", swap(`"settlement_currency":"USD",`, ``), nil},
		{"empty settlement", swap(`"settlement_amount":"12.80","settlement_currency":"USD",`, `"settlement_amount":"","settlement_currency":null,`),
			func(n *lianlian.Notification) { n.SettlementAmount, n.SettlementCurrency = nil, "" }},
		{"unknown status", swap(`"PF"`, `"ZZ"`), func(n *lianlian.Notification) { n.TransactionStatus = "ZZ" }},
		{"unknown fields", swap(`{`, `{"zone":"a=b","extra":{"deep":[{"x":"1"}],"n":1.5},"tags":["transaction_status=PS"],"flag":true,`), nil},
		{"unknown field that holds a name without &", swap(`{`, `{"extra":"transaction_status=PS",`), nil},
		{"unknown field that holds another name after &", swap(`{`, `{"url":"https://x/?a=1&b=2&xtransaction_status=PS",`), nil},
		{"spaces and escapes", swap(`"PF"`, ` "\u0050F" `), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := genuineState()
			if tt.change != nil {
				tt.change(&want)
			}
			want.Raw = []byte(tt.body)
			got, err := lianlian.ParseNotification(verifier, mustSign(t, tt.body), []byte(tt.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
		})
	}
}

func TestParseNotificationLean(t *testing.T) {
	t.Parallel()
	signing, err := lianlian.SigningString([]byte(genuine))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := testSigner(t).SignString(signing)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(genuine, "{", `{"remark":"","customer":{"email":""},`, 1)
	n, err := lianlian.ParseNotification(testVerifier(t), sig, []byte(body), nil)
	if err != nil || n.TransactionAmount != 10000 {
		t.Errorf("got %+v, %v", n, err)
	}
}

// forgery is a body that carries the signature of another one that signs alike, or its own.
type forgery struct {
	why    string // it must be refused
	signed string // what LianLian signed; "" for the body itself
	body   string
}

func forgeries() []forgery {
	swap := func(old, new string) string { return strings.Replace(genuine, old, new, 1) }
	// A genuine message with a text of the buyer's choice in it.
	chosen := swap(`"transaction_status"`, `"transaction_remark":"x&transaction_status=PS&y=1","transaction_status"`)
	remark := swap(`{`, `{"a_remark":"x&payment_time=1&z=1",`)
	optional := swap(`"settlement_amount":"12.80","settlement_currency":"USD",`, `"seen":"x&settlement_amount=99.00",`)
	return []forgery{
		// The leaves of a genuine message, moved: the signed string stays.
		{"all fields moved into an object", genuine, `{"data":` + genuine + `}`},
		{"all fields moved into an array", genuine, `{"data":[` + genuine + `]}`},
		{"the status moved into an object", genuine, swap(`"transaction_status":"PF"`, `"x":{"transaction_status":"PF"}`)},
		{"the optional settlement moved into an object", genuine, swap(`"settlement_amount":"12.80"`, `"q":{"settlement_amount":"12.80"}`)},
		{"the settlement currency hidden in the amount's field", genuine, swap(`"settlement_amount":"12.80","settlement_currency":"USD"`, `"settlement_amount":"12.80&settlement_currency=USD"`)},
		{"the optional settlement hidden in an unknown value", swap(`"settlement_amount"`, `"r":"1","settlement_amount"`),
			swap(`"settlement_amount":"12.80","settlement_currency":"USD"`, `"r":"1&settlement_amount=12.80","settlement_currency":"USD"`)},
		{"the status glued to the currency", genuine, swap(`"transaction_currency":"HKD","transaction_status":"PF"`, `"transaction_currency":"HKD&transaction_status=PF"`)},
		{"the status glued into a name", genuine, swap(`"transaction_currency":"HKD","transaction_status":"PF"`, `"transaction_currency=HKD&transaction_status":"PF"`)},
		{"the status split inside its name and value", swap(`"PF"`, `"P=F"`), swap(`"transaction_status":"PF"`, `"transaction_status=P":"F"`)},
		{"everything in one value", genuine, `{"ll_transaction_id":"5812355233086694&merchant_id=2080898732499253&merchant_transaction_id=T21423891172968&payment_time=1725607835123&settlement_amount=12.80&settlement_currency=USD&transaction_amount=100.00&transaction_currency=HKD&transaction_status=PF"}`},
		{"everything in one name", genuine, `{"ll_transaction_id=5812355233086694&merchant_id=2080898732499253&merchant_transaction_id=T21423891172968&payment_time=1725607835123&settlement_amount=12.80&settlement_currency=USD&transaction_amount=100.00&transaction_currency=HKD&transaction_status":"PF"}`},
		{"a second merchant id glued to the first", genuine, swap(`"ll_transaction_id":"5812355233086694","merchant_id":"2080898732499253"`, `"ll_transaction_id":"5812355233086694&merchant_id=2080898732499253"`)},

		// A text that the buyer chose becomes a field.
		{"a text that holds a status is ambiguous even as it came", chosen, chosen},
		{"the status taken out of a text, the true one put away", chosen,
			swap(`"transaction_status":"PF"`, `"transaction_remark":"x","transaction_status":"PS","y":"1&transaction_status=PF"`)},
		{"the status taken out of a text, the true one nested", chosen,
			swap(`"transaction_status":"PF"`, `"transaction_remark":"x","transaction_status":"PS","y":"1","z":{"transaction_status":"PF"}`)},
		{"a time taken out of a text", remark, swap(`{`, `{"a_remark":"x","b":{"payment_time":"1","z":"1"},`)},
		{"a time hidden in a text", remark, remark},
		{"an optional amount hidden in a text", optional, optional},
		{"null in front of a hidden amount", optional, strings.Replace(optional, `"seen"`, `"settlement_amount":null,"seen"`, 1)},
		{"a name that holds a status", "", swap(`{`, `{"a=1&transaction_status":"PS",`)},
		{"a twin of the name inside a text", "", swap(`{`, `{"a":"1&Transaction_Status=PS",`)},

		// Two readings of one name.
		{"duplicate status", "", ""},
		{"the name in capitals instead", "", swap(`"transaction_status"`, `"TRANSACTION_STATUS"`)},
		{"the name in capitals beside it", "", swap(`{`, `{"Transaction_Status":"PS",`)},
		{"the name with a letter that folds to k beside it", "", swap(`{`, `{"`+strings.Replace("transaction_status", "s", "ſ", 1)+`":"PS",`)},
		{"the name in capitals beside it, unsigned", "", swap(`{`, `{"Transaction_Status":["PS"],`)},
		{"the amount in capitals, nested", "", swap(`{`, `{"data":{"TRANSACTION_AMOUNT":"1.00"},`)},
		{"a nested twin", "", swap(`{`, `{"data":{"transaction_status":"PS"},`)},
		{"a nested twin in an array", "", swap(`{`, `{"data":[[{"transaction_amount":"1.00"}]],`)},
		{"a nested twin that is null", "", swap(`{`, `{"data":{"transaction_status":null},`)},
		{"a nested twin that is an array of scalars", "", swap(`{`, `{"data":{"transaction_status":["PS"]},`)},
		{"an optional field only in order", "", swap(`"settlement_amount":"12.80",`, `"order":{"settlement_amount":"12.80"},`)},

		// Types.
		{"status is an array", "", swap(`"PF"`, `["PS"]`)},
		{"status is an object", genuine, swap(`"transaction_status":"PF"`, `"transaction_status":{"transaction_status":"PF"}`)},
		{"status is true", "", swap(`"PF"`, `true`)},
		{"status is null", "", swap(`"PF"`, `null`)},
		{"amount is a number", "", swap(`"100.00"`, `100.00`)},
		{"merchant id is a number", "", swap(`"2080898732499253"`, `2080898732499253`)},
		{"time is true", "", swap(`1725607835123`, `true`)},
		{"settlement is a number", "", swap(`"12.80"`, `12.80`)},

		// Alphabets and lengths.
		{"status in small letters", "", swap(`"PF"`, `"ps"`)},
		{"status with a space", "", swap(`"PF"`, `"PS "`)},
		{"status too long", "", swap(`"PF"`, `"PSS"`)},
		{"status empty", "", swap(`"PF"`, `""`)},
		{"currency in small letters", "", swap(`"HKD"`, `"hkd"`)},
		{"currency in full-width letters", "", swap(`"HKD"`, `"ＨＫＤ"`)},
		{"amount without decimals", "", swap(`"100.00"`, `"100"`)},
		{"amount with one decimal", "", swap(`"100.00"`, `"100.0"`)},
		{"amount with three decimals", "", swap(`"100.00"`, `"100.000"`)},
		{"negative amount", "", swap(`"100.00"`, `"-100.00"`)},
		{"grouped amount", "", swap(`"100.00"`, `"1,000.00"`)},
		{"amount with an exponent", "", swap(`"100.00"`, `"1e2"`)},
		{"amount too long", "", swap(`"100.00"`, `"1000000000000.00"`)},
		{"amount in other digits", "", swap(`"100.00"`, `"１００.00"`)},
		{"settlement of the wrong form", "", swap(`"12.80"`, `"12.8"`)},
		{"settlement currency of the wrong form", "", swap(`"USD"`, `"US"`)},
		{"merchant id too long", "", swap(`"2080898732499253"`, `"`+strings.Repeat("1", 33)+`"`)},
		{"gateway's id too long", "", swap(`"5812355233086694"`, `"`+strings.Repeat("1", 33)+`"`)},
		{"transaction id too long", "", swap(`"T21423891172968"`, `"`+strings.Repeat("T", 65)+`"`)},
		{"transaction id with a line break", "", swap(`"T21423891172968"`, `"T21423891172968\n"`)},
		{"transaction id with NUL", "", swap(`"T21423891172968"`, `"T21423891172968\u0000"`)},
		{"transaction id with markup", "", swap(`"T21423891172968"`, `"<b>T</b>"`)},
		{"transaction id with a path", "", swap(`"T21423891172968"`, `"../T21423891172968"`)},
		{"time of 12 digits", "", swap(`1725607835123`, `172560783512`)},
		{"time with a fraction", "", swap(`1725607835123`, `1725607835.123`)},
		{"negative time", "", swap(`1725607835123`, `-172560783512`)},
		{"time on the 31st of September", "", swap(`1725607835123`, `"20240931000000"`)},
		{"time of zero", "", swap(`1725607835123`, `0`)},

		// Missing fields.
		{"no merchant id", "", swap(`"merchant_id":"2080898732499253",`, ``)},
		{"no gateway id", "", swap(`"ll_transaction_id":"5812355233086694",`, ``)},
		{"no transaction id", "", swap(`"merchant_transaction_id":"T21423891172968",`, ``)},
		{"no amount", "", swap(`"transaction_amount":"100.00",`, ``)},
		{"no currency", "", swap(`"transaction_currency":"HKD",`, ``)},
		{"no status", "", swap(`,"transaction_status":"PF"`, ``)},
		{"no time", "", swap(`"payment_time":1725607835123,`, ``)},
		{"nothing", "", `{}`},
		{"the answer to a payment request", "", `{"return_code":"SUCCESS","order":{"ll_transaction_id":"1","merchant_transaction_id":"T1","payment_url":"https://x/","transaction_amount":"1.00","transaction_currency":"HKD"}}`},
	}
}

func TestParseNotificationRefusesForgeries(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	all := forgeries()
	if len(all) < 40 {
		t.Fatalf("%d forgeries", len(all))
	}
	for _, f := range all {
		t.Run(f.why, func(t *testing.T) {
			t.Parallel()
			if f.body == "" {
				body := []byte(strings.Replace(genuine, "{", `{"transaction_status":"PS",`, 1))
				if _, err := lianlian.ParseNotification(verifier, mustSign(t, genuine), body, nil); !errors.Is(err, lianlian.ErrMalformed) {
					t.Errorf("got %v, want ErrMalformed", err)
				}
				return
			}
			if f.signed == "" {
				f.signed = f.body
			}
			sig := mustSign(t, f.signed)
			if err := verifier.Verify([]byte(f.body), sig); err != nil {
				t.Fatalf("the signature must match, or this tests nothing: %v", err)
			}
			if n, err := lianlian.ParseNotification(verifier, sig, []byte(f.body), nil); !errors.Is(err, lianlian.ErrMalformed) {
				t.Errorf("got %+v, %v, want ErrMalformed", n, err)
			}
		})
	}
}

func TestParseNotificationRefusesSignatures(t *testing.T) {
	t.Parallel()
	verifier, sig := testVerifier(t), mustSign(t, genuine)
	changed := strings.Replace(genuine, `"PF"`, `"PS"`, 1)
	tests := []struct {
		name, signature, body string
		want                  error
	}{
		{"none", "", genuine, lianlian.ErrSignature},
		{"of another message", sig, changed, lianlian.ErrSignature},
		{"changed", "A" + sig[1:], genuine, lianlian.ErrSignature},
		{"broken body", sig, genuine[:len(genuine)-1], lianlian.ErrMalformed},
		{"two objects", sig, genuine + genuine, lianlian.ErrMalformed},
		{"array", sig, "[" + genuine + "]", lianlian.ErrMalformed},
		{"too long", sig, genuine + strings.Repeat(" ", lianlian.MaxNotification), lianlian.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if n, err := lianlian.ParseNotification(verifier, tt.signature, []byte(tt.body), nil); !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v, want %v", n, err, tt.want)
			}
		})
	}
}

// TestReadingIsUnique rewrites a signed message at random into others that sign alike, and checks that none
// of them is read as anything else.
func TestReadingIsUnique(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	originals := []string{
		genuine,
		strings.Replace(genuine, `"transaction_status"`, `"transaction_remark":"x&transaction_status=PS&y=1","transaction_status"`, 1),
		strings.Replace(genuine, `"settlement_amount":"12.80","settlement_currency":"USD",`, `"seen":"x&settlement_amount=99.00","z":"",`, 1),
		strings.Replace(genuine, `{`, `{"customer":{"name":"a&merchant_transaction_id=T1"},`, 1),
	}
	for i, original := range originals {
		sig := mustSign(t, original)
		signing, err := lianlian.SigningString([]byte(original))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(7, uint64(i)))
		var first *lianlian.Notification
		alike := 0
		for range 20000 {
			body := rewrite(r, signing)
			if got, err := lianlian.SigningString(body); err != nil || got != signing {
				continue // the names came out of order: not a forgery
			}
			alike++
			n, err := lianlian.ParseNotification(verifier, sig, body, nil)
			if err != nil {
				continue
			}
			n.Raw = nil
			if first == nil {
				first = n
			}
			if !reflect.DeepEqual(n, first) {
				t.Fatalf("two readings of one signature:\n%+v\n%+v\n%s", first, n, body)
			}
		}
		if alike < 200 {
			t.Fatalf("only %d bodies sign alike: the rewriting tests nothing", alike)
		}
		if i == 0 && first == nil {
			t.Fatal("no rewriting kept the fields in place: nothing was compared")
		}
	}
}

// rewrite makes a body out of the pieces of a signed string: some stay fields, some are glued together, some
// go into arrays.
func rewrite(r *rand.Rand, signing string) []byte {
	pieces := strings.Split(signing, "&")
	var b strings.Builder
	b.WriteByte('{')
	last := ""
	field := func(text string) {
		cut := strings.Index(text, "=")
		if cut < 0 {
			cut = len(text)
			text += "="
		}
		if more := strings.Index(text[cut+1:], "="); more >= 0 && r.IntN(4) == 0 {
			cut += 1 + more
		}
		key, _ := json.Marshal(text[:cut])
		value, _ := json.Marshal(text[cut+1:])
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
		last = text[:cut]
	}
	for i := 0; i < len(pieces); {
		if i > 0 {
			b.WriteByte(',')
		}
		n := 1
		if r.IntN(8) == 0 {
			n += r.IntN(3)
		}
		n = min(n, len(pieces)-i)
		group := pieces[i : i+n]
		i += n
		switch r.IntN(10) {
		case 0:
			key, _ := json.Marshal(last + "!")
			b.Write(key)
			b.WriteString(":[")
			keep := last
			for j, piece := range group {
				if j > 0 {
					b.WriteByte(',')
				}
				b.WriteByte('{')
				field(piece)
				b.WriteByte('}')
			}
			b.WriteByte(']')
			last = keep + "!"
		default:
			field(strings.Join(group, "&"))
		}
	}
	b.WriteByte('}')
	return []byte(b.String())
}

func TestSignNotification(t *testing.T) {
	t.Parallel()
	want := genuineState()
	sig, body, err := lianlian.SignNotification(testSigner(t), want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lianlian.ParseNotification(testVerifier(t), sig, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	want.Raw = body
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got  %+v\nwant %+v", *got, want)
	}
	if _, _, err := lianlian.SignNotification(testSigner(t), lianlian.Notification{}); err == nil {
		t.Error("a notification without a time was signed")
	}
	if _, _, err := lianlian.SignNotification(testSigner(t), lianlian.Notification{PaymentTime: time.Unix(1, 0), TransactionAmount: -1}); err == nil {
		t.Error("a negative amount was signed")
	}
}

func TestNotificationAck(t *testing.T) {
	t.Parallel()
	if got, want := string(lianlian.NotificationAck()), `{"code":"200","msg":"success"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
