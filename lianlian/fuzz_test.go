package lianlian_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"lianlian-checkout/lianlian"
)

// quickPair gives a pair of 1024 bits, which signs several times faster than the vectors' one.
func quickPair(f *testing.F) (*lianlian.Signer, *lianlian.Verifier) {
	f.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		f.Fatal(err)
	}
	return lianlian.NewSigner(key), lianlian.NewVerifier(&key.PublicKey)
}

// reference makes the signing string by way of encoding/json, slowly.
func reference(v any) []string {
	var pieces []string
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		})
		for _, k := range keys {
			switch inner := v[k].(type) {
			case nil:
			case map[string]any, []any:
				pieces = append(pieces, reference(inner)...)
			default:
				pieces = append(pieces, fmt.Sprintf("%s=%v", k, inner))
			}
		}
	case []any:
		for _, inner := range v {
			pieces = append(pieces, reference(inner)...)
		}
	}
	return pieces
}

func FuzzSigningString(f *testing.F) {
	for _, v := range vectors(f) {
		if len(v.Body) < 1000 {
			f.Add([]byte(v.Body))
		}
	}
	f.Add([]byte(`{"a":"\ud83d\ude00","` + "\ue000" + `":1,"😀":[{"b":-0.0},[]]}`))
	exponent := regexp.MustCompile(`[0-9][eE]`)
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := lianlian.SigningString(body)
		if err != nil {
			if !errors.Is(err, lianlian.ErrMalformed) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) || !utf8.ValidString(got) {
			t.Fatalf("accepted %q as %q", body, got)
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(reference(v), "&"); got != want && !exponent.Match(body) {
			t.Fatalf("got %q, want %q", got, want)
		}
		if lean, err := lianlian.LeanSigningString(body); err != nil || len(lean) > len(got) {
			t.Fatalf("lean: got %q, %v, want at most %q", lean, err, got)
		}
	})
}

func FuzzVerify(f *testing.F) {
	verifier := testVerifier(f)
	known := map[string]bool{}
	for _, v := range vectors(f) {
		known[v.SigningString] = true
		if len(v.Body) < 1000 {
			f.Add([]byte(v.Body), v.Signature)
		}
	}
	f.Add([]byte(`{"a":""}`), "")
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		err := verifier.Verify(body, signature)
		switch {
		case err == nil:
			full, _ := lianlian.SigningString(body)
			lean, _ := lianlian.LeanSigningString(body)
			if !known[full] && !known[lean] {
				t.Fatalf("%q verifies with %q", body, signature)
			}
		case !errors.Is(err, lianlian.ErrSignature) && !errors.Is(err, lianlian.ErrMalformed):
			t.Fatalf("error %v", err)
		}
	})
}

var fieldForms = map[string]*regexp.Regexp{
	"id":       regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`),
	"currency": regexp.MustCompile(`^[A-Z]{3}$`),
	"status":   regexp.MustCompile(`^[A-Z]{2}$`),
}

// checkState checks a reading against the string that was signed: every field stands there exactly once.
func checkState(t *testing.T, s *lianlian.PaymentState, signing string) {
	t.Helper()
	for name, v := range map[string]string{"merchant_id": s.MerchantID, "ll_transaction_id": s.LLTransactionID, "merchant_transaction_id": s.MerchantTransactionID} {
		if !fieldForms["id"].MatchString(v) {
			t.Fatalf("%s is %q", name, v)
		}
		checkOnce(t, signing, name, v)
	}
	if !fieldForms["currency"].MatchString(s.TransactionCurrency) || !fieldForms["status"].MatchString(string(s.TransactionStatus)) {
		t.Fatalf("got %+v", s)
	}
	checkOnce(t, signing, "transaction_currency", s.TransactionCurrency)
	checkOnce(t, signing, "transaction_status", string(s.TransactionStatus))
	if s.TransactionAmount < 0 || s.TransactionAmount > lianlian.MaxAmount {
		t.Fatalf("amount %s", s.TransactionAmount)
	}
}

func checkOnce(t *testing.T, signing, name, value string) {
	t.Helper()
	if n := strings.Count("&"+signing+"&", "&"+name+"="+value+"&"); n != 1 {
		t.Fatalf("%s=%s stands %d times in %q", name, value, n, signing)
	}
}

func FuzzParseNotification(f *testing.F) {
	signer, verifier := quickPair(f)
	f.Add([]byte(genuine))
	for _, forged := range forgeries() {
		f.Add([]byte(forged.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sig, err := signer.Sign(body)
		if err != nil {
			sig = "AAAA"
		}
		n, err := lianlian.ParseNotification(verifier, sig, body, nil)
		if err != nil {
			if !errors.Is(err, lianlian.ErrMalformed) || n != nil {
				t.Fatalf("got %+v, %v", n, err)
			}
			return
		}
		signing, err := lianlian.SigningString(body)
		if err != nil {
			t.Fatal(err)
		}
		checkState(t, n, signing)
		if n.PaymentTime.IsZero() {
			t.Fatal("no time")
		}
	})
}

func FuzzParseReturn(f *testing.F) {
	signer, verifier := quickPair(f)
	values := url.Values{"merchant_id": {"M1"}, "ll_transaction_id": {"L1"}, "merchant_transaction_id": {"T1"}, "transaction_currency": {"HKD"},
		"transaction_amount": {"1.00"}, "transaction_status": {"PS"}, "payment_time": {"1725607835123"}, "timestamp": {"20240906043036"}, "timezone": {"Brazil/East"}}
	f.Add(values.Encode(), true)
	f.Add(values.Encode(), false)
	f.Add("a=1&a=2&timestamp=1&%ff=1", true)
	f.Add(values.Encode()+"&x=1%26transaction_status%3DPF", true)
	f.Fuzz(func(t *testing.T, query string, whole bool) {
		values, err := url.ParseQuery(query)
		if err != nil || len(values) > 100 {
			return
		}
		values.Del("signature")
		flat := map[string]any{}
		for k, v := range values {
			if whole || k != "timestamp" && k != "timezone" {
				flat[k] = v[0]
			}
		}
		signing := strings.Join(reference(flat), "&")
		sig, err := signer.SignString(signing)
		if err != nil {
			t.Fatal(err)
		}
		values.Set("signature", sig)
		r, err := lianlian.ParseReturn(verifier, values, nil)
		if err != nil {
			if !errors.Is(err, lianlian.ErrMalformed) && !errors.Is(err, lianlian.ErrSignature) {
				t.Fatalf("error %v", err)
			}
			return
		}
		checkState(t, &r.PaymentState, signing)
	})
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"0.00", "100.00", "999999999999.99", "1e2", "-1.00", "1.0", "1000000000000.00", "１.00", ""} {
		f.Add(s)
	}
	form := regexp.MustCompile(`\A[0-9]{1,12}\.[0-9]{2}\z`)
	f.Fuzz(func(t *testing.T, s string) {
		a, err := lianlian.ParseAmount(s)
		if ok := form.MatchString(s); ok != (err == nil) {
			t.Fatalf("%q: %v", s, err)
		}
		if err != nil {
			return
		}
		want := strings.TrimLeft(s[:len(s)-4], "0") + s[len(s)-4:]
		if a.String() != want {
			t.Fatalf("%q: printed as %s", s, a)
		}
	})
}

func FuzzParseTimestamp(f *testing.F) {
	for _, s := range []string{"1725607835123", "1725607835", "20240906153035", "20240931000000", "0000000000000", "99999999999999", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := lianlian.ParseTimestamp(s, time.UTC)
		if err != nil {
			return
		}
		var back string
		switch len(s) {
		case 10:
			back = fmt.Sprintf("%010d", got.Unix())
		case 13:
			back = fmt.Sprintf("%013d", got.UnixMilli())
		case 14:
			back = lianlian.FormatTimestamp(got, lianlian.TimestampDateTime, time.UTC)
		}
		if back != s {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}

func addKeys(f *testing.F) {
	f.Helper()
	for _, name := range []string{"private_pkcs1.b64", "private_pkcs1.pem", "private_pkcs8.b64", "private_pkcs8.pem", "public.b64", "public.pem"} {
		text := keyText(f, name)
		f.Add(text)
		f.Add(text[:len(text)/2])
		f.Add(strings.ReplaceAll(text, "\n", `\n`))
	}
	f.Add("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
	f.Add("MAA=")
}

func FuzzParsePrivateKey(f *testing.F) {
	addKeys(f)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := lianlian.ParsePrivateKey(text)
		if err != nil {
			checkIsKeyError(t, err)
			return
		}
		back, err := lianlian.ParsePrivateKey(base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(key)))
		if err != nil || !back.Equal(key) {
			t.Fatalf("the key doesn't come back: %v", err)
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	addKeys(f)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := lianlian.ParsePublicKey(text)
		if err != nil {
			checkIsKeyError(t, err)
			return
		}
		back, err := lianlian.ParsePublicKey(base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(key)))
		if err != nil || !back.Equal(key) {
			t.Fatalf("the key doesn't come back: %v", err)
		}
	})
}

func checkIsKeyError(t *testing.T, err error) {
	t.Helper()
	var key *lianlian.KeyError
	if !errors.As(err, &key) || key.Kind == "" || key.Want == "" || key.Hint == "" || len(err.Error()) > 400 {
		t.Fatalf("got %v, want a whole *KeyError", err)
	}
}

func FuzzAnswers(f *testing.F) {
	signer, verifier := quickPair(f)
	for _, v := range vectors(f) {
		if v.Category == "response" {
			f.Add(200, true, []byte(v.Body))
		}
	}
	f.Add(200, true, []byte(created))
	f.Add(200, true, []byte(queried))
	f.Add(200, false, []byte(created))
	f.Add(409, false, []byte(`{"return_code":"PAYMENT_CLOSED","return_message":"x","order":null}`))
	r := request()
	f.Fuzz(func(t *testing.T, status int, sign bool, body []byte) {
		header := http.Header{}
		if sig, err := signer.Sign(body); err == nil && sign {
			header.Set("signature", sig)
		}
		signing, _ := lianlian.SigningString(body)
		p, err := lianlian.ReadCreateAnswer(verifier, status, header, body, &r)
		if err == nil {
			if status != 200 || !sign || p.MerchantTransactionID != r.MerchantTransactionID || p.TransactionAmount != r.TransactionAmount ||
				p.TransactionCurrency != r.TransactionCurrency || p.PaymentURL == "" {
				t.Fatalf("status %d, signed %v: got %+v", status, sign, p)
			}
		} else {
			checkAnswerError(t, err)
		}
		s, err := lianlian.ReadQueryAnswer(verifier, status, header, body, "M1", "T1", nil)
		if err != nil {
			checkAnswerError(t, err)
			return
		}
		if status != 200 || !sign || s.MerchantID != "M1" || s.MerchantTransactionID != "T1" {
			t.Fatalf("status %d, signed %v: got %+v", status, sign, s)
		}
		checkState(t, s, signing)
	})
}

func checkAnswerError(t *testing.T, err error) {
	t.Helper()
	var e *lianlian.Error
	if !errors.As(err, &e) && !errors.Is(err, lianlian.ErrMalformed) && !errors.Is(err, lianlian.ErrMismatch) {
		t.Fatalf("error %v", err)
	}
}
