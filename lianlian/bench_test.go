package lianlian_test

import (
	"testing"

	"lianlian-checkout/lianlian"
)

func BenchmarkSigningString(b *testing.B) {
	for name, body := range map[string]string{"notification": genuine, "answer": created} {
		b.Run(name, func(b *testing.B) {
			text := []byte(body)
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := lianlian.SigningString(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseNotification(b *testing.B) {
	verifier, sig, body := testVerifier(b), mustSign(b, genuine), []byte(genuine)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lianlian.ParseNotification(verifier, sig, body, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyString(b *testing.B) {
	verifier, sig := testVerifier(b), mustSign(b, genuine)
	signing, err := lianlian.SigningString([]byte(genuine))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := verifier.VerifyString(signing, sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	signer, body := testSigner(b), []byte(genuine)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Sign(body); err != nil {
			b.Fatal(err)
		}
	}
}
