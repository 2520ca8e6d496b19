package lianlian_test

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
)

type vector struct {
	Name          string `json:"name"`
	Category      string `json:"category"`
	Body          string `json:"body"`
	SigningString string `json:"signing_string"`
	Signature     string `json:"signature_b64"`
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	f, err := os.Open("testdata/vectors/signature_vectors.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	var all []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			tb.Fatal(err)
		}
		all = append(all, v)
	}
	if lines.Err() != nil {
		tb.Fatal(lines.Err())
	}
	return all
}

func keyText(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func testSigner(tb testing.TB) *lianlian.Signer {
	tb.Helper()
	key, err := lianlian.ParsePrivateKey(keyText(tb, "private_pkcs8.b64"))
	if err != nil {
		tb.Fatal(err)
	}
	return lianlian.NewSigner(key)
}

func testVerifier(tb testing.TB) *lianlian.Verifier {
	tb.Helper()
	key, err := lianlian.ParsePublicKey(keyText(tb, "public.b64"))
	if err != nil {
		tb.Fatal(err)
	}
	return lianlian.NewVerifier(key)
}

func TestVectors(t *testing.T) {
	t.Parallel()
	signer, verifier := testSigner(t), testVerifier(t)
	all := vectors(t)
	if got, want := len(all), 188; got != want {
		t.Fatalf("%d vectors, want %d", got, want)
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got, err := lianlian.SigningString([]byte(v.Body))
			if err != nil || got != v.SigningString {
				t.Fatalf("got %q, %v\nwant %q", got, err, v.SigningString)
			}
			sig, err := signer.Sign([]byte(v.Body))
			if err != nil || sig != v.Signature {
				t.Fatalf("signature %q, %v\nwant %q", sig, err, v.Signature)
			}
			if err := verifier.Verify([]byte(v.Body), v.Signature); err != nil {
				t.Fatal(err)
			}
			if err := verifier.VerifyString(v.SigningString, v.Signature); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSigningString(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, lean string }{
		{"empty object", `{}`, "", ""},
		{"space everywhere", " \t\r\n{ \"b\" : 1 , \"a\" : true } \n", "a=true&b=1", "a=true&b=1"},
		{"empty string", `{"a":"","b":"1","c":{"d":""}}`, "a=&b=1&d=", "b=1"},
		{"zero and false stay in the lean form", `{"a":0,"b":false,"c":"0","d":null}`, "a=0&b=false&c=0", "a=0&b=false&c=0"},
		{"arrays of scalars are left out", `{"a":["x",1,true,null,{"b":"2"},[{"c":"3"}]],"d":"4"}`, "b=2&c=3&d=4", "b=2&c=3&d=4"},
		{"a character beyond U+FFFF sorts before U+E000", `{"` + "\ue000" + `":"2","` + "\U00010000" + `":"1"}`, "\U00010000=1&\ue000=2", "\U00010000=1&\ue000=2"},
		{"and before U+FFFD", `{"a` + "\ufffd" + `":"2","a` + "\U0010ffff" + `":"1"}`, "a\U0010ffff=1&a\ufffd=2", "a\U0010ffff=1&a\ufffd=2"},
		{"and after U+D7FF", `{"` + "\ud7ff" + `":"1","` + "\U00010000" + `":"2"}`, "\ud7ff=1&\U00010000=2", "\ud7ff=1&\U00010000=2"},
		{"a prefix sorts first", `{"ab":"2","a":"1"}`, "a=1&ab=2", "a=1&ab=2"},
		{"escapes in names", `{"\u0062":"2","\u0061":"\ud83d\ude00\/\n"}`, "a=😀/\n&b=2", "a=😀/\n&b=2"},
		{"numbers as written", `{"a":100.00,"b":-0,"c":12345678901234567890,"d":0.10}`, "a=100.00&b=-0&c=12345678901234567890&d=0.10", "a=100.00&b=-0&c=12345678901234567890&d=0.10"},
		{"small exponent", `{"a":1e-6,"b":1.50E-3,"c":-12.5e-1}`, "a=0.000001&b=0.00150&c=-1.25", "a=0.000001&b=0.00150&c=-1.25"},
		{"exponent that stays", `{"a":1e-7,"b":1E5,"c":1.23e+10,"d":-2e3}`, "a=1E-7&b=1E+5&c=1.23E+10&d=-2E+3", "a=1E-7&b=1E+5&c=1.23E+10&d=-2E+3"},
		{"exponent of nothing", `{"a":0e0,"b":-0e0,"c":12e0,"d":1.5e1}`, "a=0&b=0&c=12&d=15", "a=0&b=0&c=12&d=15"},
		{"deepest", deep(31), "a=1", "a=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := lianlian.SigningString([]byte(tt.in)); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if got, err := lianlian.LeanSigningString([]byte(tt.in)); err != nil || got != tt.lean {
				t.Errorf("lean: got %q, %v, want %q", got, err, tt.lean)
			}
		})
	}
}

// deep gives an object inside so many others.
func deep(levels int) string {
	return strings.Repeat(`{"o":`, levels) + `{"a":"1"}` + strings.Repeat("}", levels)
}

func TestSigningStringRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in string }{
		{"nothing", ""}, {"space", "  "}, {"array", `[]`}, {"string", `"a"`}, {"null", `null`}, {"two objects", `{}{}`},
		{"data after", `{"a":"1"}x`}, {"byte order mark", "\ufeff{}"}, {"open object", `{"a":"1"`}, {"open string", `{"a":"1`},
		{"trailing comma", `{"a":"1",}`}, {"leading comma", `{,"a":"1"}`}, {"trailing comma in array", `{"a":[1,]}`}, {"single quotes", `{'a':'1'}`},
		{"bare name", `{a:"1"}`}, {"no colon", `{"a" "1"}`}, {"comment", `{"a":"1"/**/}`}, {"NaN", `{"a":NaN}`}, {"capital true", `{"a":True}`},
		{"leading zero", `{"a":01}`}, {"plus", `{"a":+1}`}, {"point first", `{"a":.5}`}, {"point last", `{"a":5.}`}, {"hex", `{"a":0x10}`},
		{"minus alone", `{"a":-}`}, {"exponent alone", `{"a":1e}`}, {"endless exponent", `{"a":1e99999999999}`}, {"duplicate", `{"a":"1","a":"1"}`},
		{"duplicate with null", `{"a":null,"a":"1"}`}, {"duplicate nested", `{"o":{"a":"1","b":"2","a":"3"}}`}, {"duplicate in array", `{"o":[{"a":"1","a":"1"}]}`},
		{"duplicate after escapes", `{"a":"1","\u0061":"2"}`}, {"duplicate by surrogates", `{"😀":"1","\ud83d\ude00":"2"}`},
		{"invalid UTF-8", "{\"a\":\"\xff\"}"}, {"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}"}, {"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}"},
		{"lone high surrogate", `{"a":"\ud83d"}`}, {"lone low surrogate", `{"a":"\ude00"}`}, {"two high surrogates", `{"a":"\ud83d\ud83d"}`},
		{"high surrogate then text", `{"a":"\ud83dabcdefgh"}`}, {"lone surrogate in a name", `{"\udc00":"1"}`}, {"raw control character", "{\"a\":\"\n\"}"},
		{"unknown escape", `{"a":"\x41"}`}, {"short escape", `{"a":"\u12"}`}, {"bad escape", `{"a":"\u12g4"}`}, {"escape at the end", `{"a":"\`},
		{"too deep", deep(32)}, {"too deep by arrays", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := lianlian.SigningString([]byte(tt.in)); !errors.Is(err, lianlian.ErrMalformed) {
				t.Errorf("got %q, %v, want ErrMalformed", got, err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	signer, verifier := testSigner(t), testVerifier(t)
	sign := func(text string) string {
		sig, err := signer.SignString(text)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	good := sign("a=1&b=&c=")
	tests := []struct {
		name, body, signature string
		want                  error
	}{
		{"documented form", `{"a":"1","b":"","c":""}`, good, nil},
		{"without empty strings", `{"a":"1","b":"","c":""}`, sign("a=1"), nil},
		{"some empty strings only", `{"a":"1","b":"","c":""}`, sign("a=1&b="), lianlian.ErrSignature},
		{"without zero", `{"a":"1","b":0}`, sign("a=1"), lianlian.ErrSignature},
		{"other message", `{"a":"2","b":"","c":""}`, good, lianlian.ErrSignature},
		{"broken body", `{"a":"1","b":"","c":""`, good, lianlian.ErrMalformed},
		{"none", `{"a":"1"}`, "", lianlian.ErrSignature},
		{"line break", `{"a":"1","b":"","c":""}`, good[:76] + "\n" + good[76:], lianlian.ErrSignature},
		{"trailing line break", `{"a":"1","b":"","c":""}`, good + "\r\n", lianlian.ErrSignature},
		{"space", `{"a":"1","b":"","c":""}`, " " + good, lianlian.ErrSignature},
		{"no padding", `{"a":"1","b":"","c":""}`, strings.TrimRight(good, "="), lianlian.ErrSignature},
		{"URL alphabet", `{"a":"1","b":"","c":""}`, strings.NewReplacer("+", "-", "/", "_").Replace(good), lianlian.ErrSignature},
		{"two values", `{"a":"1","b":"","c":""}`, good + "," + good, lianlian.ErrSignature},
		{"endless", `{"a":"1","b":"","c":""}`, strings.Repeat("A", 1<<16), lianlian.ErrSignature},
		{"not base64", `{"a":"1","b":"","c":""}`, "signature", lianlian.ErrSignature},
		{"stray bits", `{"a":"1","b":"","c":""}`, stray(good), lianlian.ErrSignature},
	}
	if good == strings.NewReplacer("+", "-", "/", "_").Replace(good) {
		t.Fatal("the signature needs a + or / for this test")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := verifier.Verify([]byte(tt.body), tt.signature); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// stray sets a bit of the last character before the padding that carries no data.
func stray(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(strings.TrimRight(signature, "=")) - 1
	i := strings.IndexByte(alphabet, signature[last])
	return signature[:last] + alphabet[i+1:i+2] + signature[last+1:]
}

func TestVerifyOtherKey(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := lianlian.NewSigner(other).Sign([]byte(`{"a":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := testVerifier(t).Verify([]byte(`{"a":"1"}`), sig); !errors.Is(err, lianlian.ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
	if err := lianlian.NewVerifier(&other.PublicKey).Verify([]byte(`{"a":"1"}`), sig); err != nil {
		t.Error(err)
	}
}

func TestSignRefusesBrokenBody(t *testing.T) {
	t.Parallel()
	if sig, err := testSigner(t).Sign([]byte(`{"a":"1","a":"2"}`)); !errors.Is(err, lianlian.ErrMalformed) || sig != "" {
		t.Errorf("got %q, %v, want ErrMalformed", sig, err)
	}
}

func TestHeaderSignature(t *testing.T) {
	t.Parallel()
	if got, err := lianlian.HeaderSignature(http.Header{"Signature": {"x"}}); err != nil || got != "x" {
		t.Errorf("one: got %q, %v", got, err)
	}
	for _, h := range []http.Header{nil, {"Signature": {"x", "x"}}} {
		if got, err := lianlian.HeaderSignature(h); !errors.Is(err, lianlian.ErrSignature) {
			t.Errorf("%v: got %q, %v, want ErrSignature", h, got, err)
		}
	}
}
