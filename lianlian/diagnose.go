package lianlian

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
)

// Finding says what a signature is, as far as it can be told without the key that made it.
type Finding string

// The findings of Diagnose.
const (
	FoundNothing    Finding = "nothing"     // no signature was given
	FoundMatch      Finding = "match"       // made by LianLian's key over the SigningString
	FoundLean       Finding = "lean"        // made by LianLian's key over the LeanSigningString: as good
	FoundUnreadable Finding = "unreadable"  // not base64, or not one line of it
	FoundLength     Finding = "length"      // not as long as the key: cut short, or made by a key of another length
	FoundOwn        Finding = "own"         // made by the merchant's own key: the two directions, or the two keys, are swapped
	FoundOther      Finding = "other_key"   // made by a key that isn't known here
	FoundHash       Finding = "hash"        // made by LianLian's key with another hash than SHA1
	FoundRaw        Finding = "raw"         // made by LianLian's key over the body as it is, not over its SigningString
	FoundText       Finding = "other_text"  // made by LianLian's key over another text: something was changed on the way
	FoundOwnText    Finding = "own_text"    // made by the merchant's own key over another text
	FoundBody       Finding = "bad_body"    // the body isn't one strict JSON object, so it has no SigningString
	FoundExpected   Finding = "as_expected" // made by LianLian's key over the expected string, which isn't the body's
)

// Diagnosis is what Diagnose finds.
type Diagnosis struct {
	Finding Finding
	// Signing is the body's SigningString and Lean its LeanSigningString where that differs, else "". Both hold what the body holds.
	Signing, Lean string
	// Body says why the body can't be read, nil when it can.
	Body error
	// DiffersAt is the byte where Signing and the expected string part, -1 when they are the same or none was expected.
	DiffersAt int
}

// Diagnose tells why a signature doesn't match. theirs is LianLian's key; own, which may be nil, the merchant's public half. expected, which may be
// empty, is the string that the other side says it signed. An RSA signature can be opened with the public key of its maker, so that a wrong key and a
// changed text are told apart with certainty.
func Diagnose(body []byte, signature, expected string, theirs, own *rsa.PublicKey) Diagnosis {
	d := Diagnosis{DiffersAt: -1}
	doc, err := parseDocument(body)
	if err != nil {
		d.Body, d.Finding = err, FoundBody
	} else {
		d.Signing = doc.signing(false, nil)
		if lean := doc.signing(true, nil); lean != d.Signing {
			d.Lean = lean
		}
		if expected != "" {
			d.DiffersAt = parting(d.Signing, expected)
		}
	}
	raw, err := decodeSignature(strings.TrimSpace(signature))
	switch {
	case errors.Is(err, ErrSignature) && strings.TrimSpace(signature) == "":
		if d.Body == nil {
			d.Finding = FoundNothing
		}
	case err != nil:
		d.Finding = FoundUnreadable
	default:
		d.judge(body, raw, expected, theirs, own)
	}
	return d
}

// judge opens the signature with each key.
func (d *Diagnosis) judge(body, raw []byte, expected string, theirs, own *rsa.PublicKey) {
	sum, how := opened(theirs, raw)
	switch how {
	case openedSHA1:
		d.compare(body, sum, expected)
		return
	case openedOtherHash:
		d.Finding = FoundHash
		return
	}
	if own != nil {
		if sum, how := opened(own, raw); how == openedSHA1 {
			d.Finding = FoundOwnText
			if d.Body == nil && (matches(sum, d.Signing) || d.Lean != "" && matches(sum, d.Lean)) {
				d.Finding = FoundOwn
			}
			return
		}
	}
	if d.Finding = FoundOther; len(raw) != theirs.Size() {
		d.Finding = FoundLength
	}
}

// compare finds the text of a digest that LianLian's key signed.
func (d *Diagnosis) compare(body, sum []byte, expected string) {
	switch {
	case d.Body == nil && matches(sum, d.Signing):
		d.Finding = FoundMatch
	case d.Body == nil && d.Lean != "" && matches(sum, d.Lean):
		d.Finding = FoundLean
	case matches(sum, string(body)), matches(sum, strings.TrimSpace(string(body))):
		d.Finding = FoundRaw
	case expected != "" && matches(sum, expected):
		d.Finding = FoundExpected
	default:
		d.Finding = FoundText
	}
}

func matches(sum []byte, text string) bool {
	s := sha1.Sum([]byte(text))
	return bytes.Equal(sum, s[:])
}

const (
	openedNot = iota
	openedSHA1
	openedOtherHash
)

// digestInfo begins the DER of a SHA1 digest inside a signature (RFC 8017, 9.2).
var digestInfo = []byte{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14}

// opened gives the digest inside a signature that the key's other half made. It is for telling why, never for trusting: Verifier does that.
func opened(key *rsa.PublicKey, signature []byte) (sum []byte, how int) {
	if key == nil || len(signature) != key.Size() {
		return nil, openedNot
	}
	n := new(big.Int).SetBytes(signature)
	if n.Cmp(key.N) >= 0 {
		return nil, openedNot
	}
	text := n.Exp(n, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	if text[0] != 0 || text[1] != 1 {
		return nil, openedNot
	}
	rest := bytes.TrimLeft(text[2:], "\xff")
	if len(text)-2-len(rest) < 8 || len(rest) == 0 || rest[0] != 0 {
		return nil, openedNot
	}
	if sum, ok := bytes.CutPrefix(rest[1:], digestInfo); ok && len(sum) == sha1.Size {
		return sum, openedSHA1
	}
	return nil, openedOtherHash
}

// parting is the byte where two texts part, at the beginning of a character; -1 when they are the same.
func parting(a, b string) int {
	if a == b {
		return -1
	}
	for i, r := range a { // which is valid UTF-8
		if i >= len(b) || !strings.HasPrefix(b[i:], string(r)) {
			return i
		}
	}
	return len(a)
}

// Fingerprint is the SHA-256 of a public key's X.509 form in base64, without padding: what `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64` prints.
func Fingerprint(key *rsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// Key is the verifier's key, LianLian's.
func (v *Verifier) Key() *rsa.PublicKey { return v.key }

// Redact masks the buyer's fields in a message's body, as Exchange.Redacted does. A body that isn't JSON becomes its length.
func Redact(body []byte) []byte {
	redacted, _ := redactBody(body)
	return redacted
}
