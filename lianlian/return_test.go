package lianlian_test

import (
	"errors"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

// returned gives the parameters of a return, signed over all but those to leave; "-" drops a field.
func returned(tb testing.TB, change map[string]string, leave ...string) url.Values {
	tb.Helper()
	fields := map[string]string{
		"merchant_id": "2080898732499253", "ll_transaction_id": "5812355233086694", "merchant_transaction_id": "T21423891172968",
		"transaction_currency": "HKD", "transaction_amount": "100.00", "transaction_status": "PS", "payment_time": "1725607835123",
		"timestamp": "20240906043036", "timezone": "Brazil/East",
	}
	for k, v := range change {
		if fields[k] = v; v == "-" {
			delete(fields, k)
		}
	}
	signed := maps.Clone(fields)
	for _, k := range leave {
		delete(signed, k)
	}
	var pieces []string
	for k, v := range signed {
		pieces = append(pieces, k+"="+v)
	}
	slices.SortFunc(pieces, func(a, b string) int { return strings.Compare(a[:strings.Index(a, "=")], b[:strings.Index(b, "=")]) })
	sig, err := testSigner(tb).SignString(strings.Join(pieces, "&"))
	if err != nil {
		tb.Fatal(err)
	}
	values := url.Values{"signature": {sig}}
	for k, v := range fields {
		values.Set(k, v)
	}
	return values
}

func TestParseReturn(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	at := time.Date(2024, 9, 6, 7, 30, 36, 0, time.UTC)
	tests := []struct {
		name   string
		values url.Values
		loc    *time.Location
		signed bool
		want   func(*lianlian.Return)
	}{
		{"signed whole", returned(t, nil), nil, true, nil},
		{"signed without time and zone", returned(t, nil, "timestamp", "timezone"), nil, false, nil},
		{"empty fields left out of the signature", returned(t, map[string]string{"settlement_amount": ""}, "settlement_amount"), nil, true, nil},
		{"payment time as a date in the message's zone", returned(t, map[string]string{"payment_time": "20240906043035"}), time.UTC, true,
			func(r *lianlian.Return) { r.PaymentTime = time.Unix(1725607835, 0).UTC() }},
		{"no zone: the given one", returned(t, map[string]string{"timezone": "-", "timestamp": "20240906073036"}), time.UTC, true,
			func(r *lianlian.Return) { r.Timezone = "" }},
		{"settlement", returned(t, map[string]string{"settlement_amount": "12.80", "settlement_currency": "EUR"}), nil, true,
			func(r *lianlian.Return) {
				amount := lianlian.Amount(1280)
				r.SettlementAmount, r.SettlementCurrency = &amount, "EUR"
			}},
		{"unknown field", returned(t, map[string]string{"zzz": "a=b"}), nil, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := lianlian.Return{
				PaymentState: lianlian.PaymentState{
					MerchantID: "2080898732499253", LLTransactionID: "5812355233086694", MerchantTransactionID: "T21423891172968",
					TransactionCurrency: "HKD", TransactionAmount: 10000, TransactionStatus: lianlian.StatusSuccess,
					PaymentTime: time.UnixMilli(1725607835123).UTC(), Raw: []byte(tt.values.Encode()),
				},
				Timestamp: at, Timezone: "Brazil/East", TimestampSigned: tt.signed,
			}
			if tt.want != nil {
				tt.want(&want)
			}
			got, err := lianlian.ParseReturn(verifier, tt.values, tt.loc)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
		})
	}
	t.Run("a + that became a space", func(t *testing.T) {
		t.Parallel()
		values := returned(t, nil)
		for i := 0; !strings.Contains(values.Get("signature"), "+"); i++ {
			values = returned(t, map[string]string{"n": strings.Repeat("x", i)})
		}
		values.Set("signature", strings.ReplaceAll(values.Get("signature"), "+", " "))
		if _, err := lianlian.ParseReturn(verifier, values, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestParseReturnRefuses(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	with := func(v url.Values, change func(url.Values)) url.Values {
		change(v)
		return v
	}
	tests := []struct {
		name   string
		values url.Values
		want   error
	}{
		{"nothing", url.Values{}, lianlian.ErrSignature},
		{"no signature", with(returned(t, nil), func(v url.Values) { v.Del("signature") }), lianlian.ErrSignature},
		{"status changed", with(returned(t, map[string]string{"transaction_status": "PF"}), func(v url.Values) { v.Set("transaction_status", "PS") }), lianlian.ErrSignature},
		{"time changed", with(returned(t, nil), func(v url.Values) { v.Set("timestamp", "20240906043037") }), lianlian.ErrSignature},
		{"field added", with(returned(t, nil), func(v url.Values) { v.Set("x", "1") }), lianlian.ErrSignature},
		{"only the time left out of the signature", returned(t, nil, "timestamp"), lianlian.ErrSignature},
		{"signature twice", with(returned(t, nil), func(v url.Values) { v.Add("signature", v.Get("signature")) }), lianlian.ErrMalformed},
		{"status twice", with(returned(t, nil), func(v url.Values) { v.Add("transaction_status", "PF") }), lianlian.ErrMalformed},
		{"a name without a value list", with(returned(t, nil), func(v url.Values) { v["x"] = nil }), lianlian.ErrMalformed},
		{"invalid UTF-8", returned(t, map[string]string{"x": "\xff"}), lianlian.ErrMalformed},
		{"too many parameters", with(returned(t, nil), func(v url.Values) {
			for i := range 64 {
				v.Set(strings.Repeat("x", i+1), "")
			}
		}), lianlian.ErrMalformed},
		{"too long", returned(t, map[string]string{"x": strings.Repeat("x", lianlian.MaxNotification)}), lianlian.ErrMalformed},
		{"status glued to the currency", with(returned(t, nil), func(v url.Values) {
			v.Set("transaction_currency", "HKD&transaction_status=PS")
			v.Set("transaction_amount", "100.00")
			v.Del("transaction_status")
			glue(v, "transaction_amount", "transaction_currency")
		}), lianlian.ErrMalformed},
		{"time glued to the gateway's id", with(returned(t, nil), func(v url.Values) {
			glue(v, "merchant_transaction_id", "payment_time")
		}), lianlian.ErrMalformed},
		{"time and zone hidden in a text, others put in their place", with(returned(t, map[string]string{"t": "1"}), func(v url.Values) {
			v.Set("t", "1&timestamp="+v.Get("timestamp")+"&timezone="+v.Get("timezone"))
			v.Set("timezone", "UTC")
		}), lianlian.ErrMalformed},
		{"name in capitals", returned(t, map[string]string{"Transaction_Status": "PS"}), lianlian.ErrMalformed},
		{"zone unknown", returned(t, map[string]string{"timezone": "Mars/Olympus"}), lianlian.ErrMalformed},
		{"zone Local", returned(t, map[string]string{"timezone": "Local"}), lianlian.ErrMalformed},
		{"zone with a path", returned(t, map[string]string{"timezone": "../../etc/passwd"}), lianlian.ErrMalformed},
		{"zone with &", returned(t, map[string]string{"timezone": "UTC&a=b"}), lianlian.ErrMalformed},
		{"unsigned zone with a path", returned(t, map[string]string{"timezone": "/etc/localtime"}, "timestamp", "timezone"), lianlian.ErrMalformed},
		{"unsigned time broken", returned(t, map[string]string{"timestamp": "yesterday"}, "timestamp", "timezone"), lianlian.ErrMalformed},
		{"no time", returned(t, map[string]string{"timestamp": "-"}), lianlian.ErrMalformed},
		{"time out of the calendar", returned(t, map[string]string{"timestamp": "20241306043036"}), lianlian.ErrMalformed},
		{"no payment time", returned(t, map[string]string{"payment_time": "-"}), lianlian.ErrMalformed},
		{"no status", returned(t, map[string]string{"transaction_status": "-"}), lianlian.ErrMalformed},
		{"amount of the wrong form", returned(t, map[string]string{"transaction_amount": "100"}), lianlian.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r, err := lianlian.ParseReturn(verifier, tt.values, nil); !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v, want %v", r, err, tt.want)
			}
		})
	}
}

// glue moves the field next into the value of the one that comes just before it in signing order.
func glue(v url.Values, field, next string) {
	v.Set(field, v.Get(field)+"&"+next+"="+v.Get(next))
	v.Del(next)
}

func TestSignReturn(t *testing.T) {
	t.Parallel()
	n := genuineState()
	n.PaymentTime = n.PaymentTime.Truncate(time.Second)
	at := n.PaymentTime.Add(time.Second)
	for _, loc := range []*time.Location{nil, location(t, "Brazil/East")} {
		values, err := lianlian.SignReturn(testSigner(t), n, at, loc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lianlian.ParseReturn(testVerifier(t), values, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		got.Raw = nil
		if !reflect.DeepEqual(got.PaymentState, n) || !got.Timestamp.Equal(at) || !got.TimestampSigned {
			t.Errorf("got  %+v\nwant %+v at %v", *got, n, at)
		}
	}
}
