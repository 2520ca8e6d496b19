package lianlian_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

// dressed gives the ways in which a key's text is found in settings.
func dressed(text string) map[string]string {
	oneLine := strings.TrimSpace(text)
	all := map[string]string{
		"plain":          text,
		"spaces around":  " \n\t" + text + "\n ",
		"double quotes":  `"` + oneLine + `"`,
		"single quotes":  "'" + oneLine + "'",
		"CRLF":           strings.ReplaceAll(text, "\n", "\r\n"),
		"indented":       strings.ReplaceAll(text, "\n", "\n    "),
		"literal breaks": strings.ReplaceAll(oneLine, "\n", `\n`),
	}
	if !strings.Contains(text, "-----") {
		all["wrapped"] = wrap(text, "\n")
		all["wrapped with CRLF"] = wrap(text, "\r\n")
		all["wrapped with spaces"] = wrap(text, "  ")
	}
	return all
}

func wrap(text, by string) string {
	var b strings.Builder
	for len(text) > 64 {
		b.WriteString(text[:64] + by)
		text = text[64:]
	}
	return b.String() + text
}

func TestParseKeysInEveryForm(t *testing.T) {
	t.Parallel()
	private, err := lianlian.ParsePrivateKey(keyText(t, "private_pkcs8.b64"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"private_pkcs1.b64", "private_pkcs1.pem", "private_pkcs8.b64", "private_pkcs8.pem"} {
		for how, text := range dressed(keyText(t, file)) {
			if key, err := lianlian.ParsePrivateKey(text); err != nil || !key.Equal(private) {
				t.Errorf("%s, %s: %v", file, how, err)
			}
		}
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(&private.PublicKey)
	public := map[string]string{
		"public.b64":       keyText(t, "public.b64"),
		"public.pem":       keyText(t, "public.pem"),
		"PKCS #1, base64":  base64.StdEncoding.EncodeToString(pkcs1),
		"PKCS #1, PEM":     string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})),
		"wrong PEM header": strings.ReplaceAll(keyText(t, "public.pem"), "PUBLIC", "RSA PUBLIC"),
	}
	for form, text := range public {
		for how, text := range dressed(text) {
			key, err := lianlian.ParsePublicKey(text)
			if err != nil || !lianlian.SamePair(private, key) {
				t.Errorf("%s, %s: %v", form, how, err)
			}
		}
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	b64 := base64.StdEncoding.EncodeToString
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	must := func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	private, err := lianlian.ParsePrivateKey(keyText(t, "private_pkcs8.b64"))
	if err != nil {
		t.Fatal(err)
	}
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop"}, NotAfter: time.Unix(1<<31, 0)}
	certificate := must(x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private))
	request := must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, private))
	pkcs8 := must(x509.MarshalPKCS8PrivateKey(private))
	encrypted := must(asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, Parameters: asn1.NullRawValue}, make([]byte, 1200)}))
	damaged := append([]byte(nil), pkcs8...)
	damaged[400] ^= 1 // in the private exponent
	small := new(big.Int).SetBit(big.NewInt(1), 511, 1)
	huge := new(big.Int).SetBit(big.NewInt(1), 16383, 1)

	both := []struct{ name, text, kind string }{
		{"empty", "", "nothing"},
		{"quotes only", `""`, "nothing"},
		{"words", "put the key here", "neither PEM nor base64, or cut short"},
		{"a path", "/etc/shop/key.pem", "neither PEM nor base64, or cut short"},
		{"endless", strings.Repeat("A", 1<<20), "a text that is too long"},
		{"certificate", block("CERTIFICATE", certificate), "a certificate"},
		{"certificate in base64", b64(certificate), "a certificate"},
		{"certificate request", block("CERTIFICATE REQUEST", request), "a certificate request"},
		{"EC private", block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(elliptical))), "an elliptic-curve private key"},
		{"EC private in PKCS #8", b64(must(x509.MarshalPKCS8PrivateKey(elliptical))), "an elliptic-curve private key"},
		{"EC public", b64(must(x509.MarshalPKIXPublicKey(&elliptical.PublicKey))), "an elliptic-curve public key"},
		{"Ed25519 private", b64(must(x509.MarshalPKCS8PrivateKey(edPrivate))), "an Ed25519 private key"},
		{"Ed25519 public", b64(must(x509.MarshalPKIXPublicKey(edPublic))), "an Ed25519 public key"},
		{"encrypted", block("ENCRYPTED PRIVATE KEY", encrypted), "an encrypted private key"},
		{"encrypted in base64", b64(encrypted), "an encrypted private key"},
		{"encrypted, old style", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "an encrypted private key"},
		{"OpenSSH private", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "an OpenSSH private key"},
		{"OpenSSH public", "ssh-rsa AAAAB3NzaC1yc2E= shop", "an OpenSSH public key"},
		{"cut short", b64(pkcs8[:900]), "a key that was cut short"},
		{"PEM without its end", keyText(t, "private_pkcs8.pem")[:600], "a damaged PEM"},
		{"two PEM blocks", keyText(t, "private_pkcs8.pem") + keyText(t, "public.pem"), "more than one PEM block"},
		{"other DER", b64([]byte{0x30, 3, 2, 1, 5}), "not a key that can be read"},
	}
	for _, tt := range both {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := lianlian.ParsePrivateKey(tt.text)
			checkKeyError(t, err, tt.kind, "an RSA private key", tt.text)
			_, err = lianlian.ParsePublicKey(tt.text)
			checkKeyError(t, err, tt.kind, "an RSA public key", tt.text)
		})
	}
	t.Run("public for private", func(t *testing.T) {
		t.Parallel()
		for _, file := range []string{"public.pem", "public.b64"} {
			_, err := lianlian.ParsePrivateKey(keyText(t, file))
			checkKeyError(t, err, "a public key", "an RSA private key", keyText(t, file))
		}
	})
	t.Run("private for public", func(t *testing.T) {
		t.Parallel()
		for _, file := range []string{"private_pkcs1.pem", "private_pkcs1.b64", "private_pkcs8.pem", "private_pkcs8.b64"} {
			_, err := lianlian.ParsePublicKey(keyText(t, file))
			checkKeyError(t, err, "a private key", "an RSA public key", keyText(t, file))
		}
	})
	t.Run("sizes", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			key  rsa.PublicKey
			kind string
		}{
			{rsa.PublicKey{N: small, E: 65537}, "an RSA key of 512 bits"},
			{rsa.PublicKey{N: huge, E: 65537}, "an RSA key of 16384 bits"},
			{rsa.PublicKey{N: private.N, E: 2}, "an RSA key with an unusable exponent"},
		} {
			_, err := lianlian.ParsePublicKey(b64(x509.MarshalPKCS1PublicKey(&tt.key)))
			checkKeyError(t, err, tt.kind, "an RSA public key", "")
		}
	})
	t.Run("damaged", func(t *testing.T) {
		t.Parallel()
		_, err := lianlian.ParsePrivateKey(b64(damaged))
		checkKeyError(t, err, "not a key that can be read", "an RSA private key", "")
	})
}

func checkKeyError(t *testing.T, err error, kind, want, text string) {
	t.Helper()
	var key *lianlian.KeyError
	if !errors.As(err, &key) {
		t.Errorf("got %v, want a *KeyError", err)
		return
	}
	if key.Kind != kind || key.Want != want || key.Hint == "" {
		t.Errorf("got %+v, want kind %q, want %q, and a hint", key, kind, want)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > 20 && !strings.HasPrefix(line, "-----") && strings.Contains(err.Error(), line) {
			t.Errorf("the error shows the text: %v", err)
		}
	}
}

func TestWeakKey(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	key, err := lianlian.ParsePrivateKey(base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(weak)))
	if err != nil {
		t.Fatalf("a key of 1024 bits is accepted: %v", err)
	}
	if got := lianlian.KeyWarning(&key.PublicKey); !strings.Contains(got, "1024") {
		t.Errorf("warning %q", got)
	}
	if !lianlian.WeakKey(2047) || lianlian.WeakKey(2048) {
		t.Error("weak is below 2048")
	}
	public, err := lianlian.ParsePublicKey(keyText(t, "public.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if got := lianlian.KeyWarning(public); got != "" {
		t.Errorf("warning %q for 2048 bits", got)
	}
	if lianlian.SamePair(key, public) {
		t.Error("keys of different pairs taken for one pair")
	}
}
